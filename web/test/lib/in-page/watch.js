// A page without a player that asks a Core for what a player would ask for, on a
// stream as long as a test likes.

import { Core } from "p2p-media-loader-core";

const setup = JSON.parse(document.getElementById("setup").textContent);
const { manifest, segmentBytes, segmentS, p2p } = setup;
const TELL_EVERY_S = 0.25;
/** How far ahead of the playhead a player loads. */
const BUFFER_S = 20;
/** Segments that a live playlist lists. */
const LISTED = 15;

const core = new Core(p2p);
/** Bytes of segments by where they came from, and what peers got of them. */
const seen = { http: 0, p2p: 0, given: 0, segments: 0 };
window.seen = seen;
core.addEventListener("onChunkDownloaded", (bytes, source) => (seen[source] += bytes));
core.addEventListener("onChunkUploaded", (bytes) => (seen.given += bytes));

const url = (rendition, i) => new URL(`${i}.ts?${rendition}`, manifest).href;

function segment(rendition, i) {
  const address = url(rendition, i);
  return { runtimeId: address, externalId: i, url: address, byteRange: undefined, startTime: i * segmentS, endTime: (i + 1) * segmentS };
}

async function load(rendition, i) {
  const loaded = new Promise((onSuccess, onError) => void core.loadSegment(url(rendition, i), { onSuccess, onError }));
  const { data } = await loaded;
  if (data.byteLength !== segmentBytes || new DataView(data).getUint32(0) !== i) {
    throw new Error(`segment ${i} came with ${data.byteLength} bytes and is not what the origin sent`);
  }
  seen.segments++;
}

/** Segments of each rendition that the playlist listed last. */
const listed = new Map();

/** Brings the rendition's playlist up to date, as an engine does: what is new, and what has gone. */
function list(rendition, first, end) {
  const runtimeId = `${manifest}?${rendition}`;
  if (!listed.has(rendition)) core.addStreamIfNoneExists({ runtimeId, type: "main", index: `${rendition}` });
  const before = listed.get(rendition) ?? { first: 0, end: 0 };
  const from = Math.max(first, before.end);
  core.updateStream(
    runtimeId,
    Array.from({ length: Math.max(0, end - from) }, (_, i) => segment(rendition, from + i)),
    Array.from({ length: Math.max(0, Math.min(first, before.end) - before.first) }, (_, i) => url(rendition, before.first + i)),
  );
  listed.set(rendition, { first, end });
}

/**
 * Loads segments one after the other, as fast as they come.
 *
 * @param length of a recording, in segments; 0 is live: the playlist slides on with each.
 */
window.race = async (from, end, length) => {
  core.setManifestResponseUrl(manifest);
  core.setIsLive(length === 0);
  if (length > 0) list(0, 0, length);
  for (let i = from; i < end; i++) {
    if (length === 0) list(0, Math.max(0, i + 1 - LISTED), i + 1);
    await load(0, i);
    core.updatePlayback(i * segmentS, 1);
  }
};

/**
 * Watches a live stream that began at `epoch`, in ms as Date has them, for so many
 * seconds of it, and changes between two renditions every `switchS` seconds. The
 * stream goes by the page's clock, see fast-clock.js.
 */
window.watch = async (epoch, seconds, switchS) => {
  const clock = () => ((Date.now() - epoch) / 1000) * window.clockRate;
  const behind = BUFFER_S + segmentS;
  core.setManifestResponseUrl(manifest);
  core.setIsLive(true);
  const end = clock() + seconds;
  let next = 0;
  for (let now = clock(); now < end; now = clock()) {
    const edge = Math.floor(now / segmentS);
    const first = Math.max(0, edge - LISTED);
    const rendition = Math.floor(now / switchS) % 2;
    list(rendition, first, edge);
    core.updatePlayback(Math.max(0, now - behind), 1);
    next = Math.max(next, first); // what has gone by is lost
    if (next < edge) await load(rendition, next++);
    else await new Promise((resolve) => setTimeout(resolve, 1000 * TELL_EVERY_S));
  }
};
