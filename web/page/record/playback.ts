// What keeps the player or the origin from doing their part.

import { ErrorDetails, Events } from "hls.js";
import { isMissing } from "../player/recovery.js";
import type { Viewer } from "../viewer.js";
import type { Source } from "./source.js";

/** A single failure is nothing to tell: it is tried again at once. */
const FAILURES_TOLD = 2;
/** After so long without another failure nothing is known to be wrong: peers may give all that is needed. */
const FORGOTTEN_AFTER_MS = 10_000;

const PLAYLIST_FAILED: readonly string[] = [
  ErrorDetails.LEVEL_LOAD_ERROR, ErrorDetails.LEVEL_LOAD_TIMEOUT, ErrorDetails.LEVEL_PARSING_ERROR, ErrorDetails.LEVEL_EMPTY_ERROR,
];

export function watchPlayback({ hls, troubles, steering }: Viewer, source: Source): void {
  // Playlists and segments fail by themselves, and so each is told until it comes again.
  const failing = { playlists: 0, segments: 0 };
  const tell = () => {
    const fails = Math.max(failing.playlists, failing.segments) >= FAILURES_TOLD;
    troubles.set("origin", fails ? "The origin does not answer as it should. Trying again; what peers hold is still played." : undefined);
  };
  const timers: Partial<Record<keyof typeof failing, ReturnType<typeof setTimeout>>> = {};
  const came = (what: keyof typeof failing) => {
    failing[what] = 0;
    tell();
  };
  const failed = (what: keyof typeof failing) => {
    failing[what]++;
    clearTimeout(timers[what]);
    timers[what] = setTimeout(() => came(what), FORGOTTEN_AFTER_MS);
    tell();
  };

  hls.on(Events.ERROR, (_, { fatal, details }) => {
    if (PLAYLIST_FAILED.includes(details)) failed("playlists");
    if (fatal && isMissing(details)) {
      troubles.set("stream", `There is no stream at ${steering.view.value.stream}, or not yet. Looking again every few seconds.`);
    }
  });
  hls.on(Events.MANIFEST_PARSED, () => troubles.set("stream", undefined));
  hls.on(Events.LEVEL_LOADED, () => came("playlists"));
  source.on("onSegmentError", (_, { downloadSource }) => {
    if (downloadSource === "http") failed("segments");
  });
  source.on("onSegmentLoaded", (_, { downloadSource }) => {
    if (downloadSource === "http") came("segments");
  });
}
