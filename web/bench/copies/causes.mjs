// Why segments left the origin more than once, from what each viewer has written down.

import { segmentOf, viewerOf } from "./names.mjs";

/**
 * What happened to each of the named segments that was fetched from the origin more
 * than once: a line for each event, with the time since the first of them, the viewer,
 * and how long before the segment's turn that was.
 */
export function again(names, records) {
  return names.flatMap((name) => {
    const events = records
      .flatMap((record, viewer) => record.events.filter(({ url }) => url && segmentOf(url) === name).map((event) => ({ viewer, ...event })))
      .toSorted((a, b) => a.at - b.at);
    const fetches = events.filter(isFetch).length;
    return fetches < 2 ? [] : [`${name}: fetched ${fetches} times`, ...events.map((event) => line(event, events[0].at))];
  });
}

/** How each viewer began: when it had its first peer, and what it fetched from the origin until 10 s later. */
export function starts(records) {
  return records.map(({ joined, events }, viewer) => {
    const since = (at) => `+${((at - joined) / 1000).toFixed(2)} s`;
    const met = events.find(({ what }) => what === "peer");
    const fetched = events.filter((event) => isFetch(event) && event.at < (met?.at ?? joined) + 10_000);
    const list = fetched.map(({ url, at, slack }) => `${segmentOf(url)} ${since(at)} (${slack.toFixed(1)} s before its turn)`);
    return `viewer ${viewer}: first peer ${met ? since(met.at) : "never"}; ${fetched.length} from the origin: ${list.join(", ")}`;
  });
}

const isFetch = ({ what, source }) => what === "start" && source === "http";

function line({ at, viewer, what, source, peer, slack, bytes, error }, since) {
  return [
    `  +${((at - since) / 1000).toFixed(2)} s, viewer ${viewer}: ${what} ${source}${peer ? ` of viewer ${viewerOf(peer)}` : ""}`,
    ...(slack === undefined ? [] : [`${slack.toFixed(1)} s before its turn`]),
    ...(bytes === undefined ? [] : [`${bytes} bytes`]),
    ...(error ? [error] : []),
  ].join(", ");
}
