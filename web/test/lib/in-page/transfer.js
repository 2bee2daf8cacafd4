// A page without a player that asks a Core for segments, one after the other.

import { Core } from "p2p-media-loader-core";

const { manifest, segmentBytes, p2p } = JSON.parse(document.getElementById("setup").textContent);
const STREAM = "stream";
/** Far from the playhead, so that nothing hurries. */
const BEGIN_S = 1000;
const SEGMENT_S = 4;

const core = new Core(p2p);
/** Bytes of segments by where they came from. */
const seen = { http: 0, p2p: 0 };
core.addEventListener("onChunkDownloaded", (bytes, source) => (seen[source] += bytes));
core.setManifestResponseUrl(manifest);
core.addStreamIfNoneExists({ runtimeId: STREAM, type: "main", index: "transfer" });

const url = (i) => new URL(`${i}.ts`, manifest).href;

function segment(i) {
  const startTime = BEGIN_S + i * SEGMENT_S;
  return { runtimeId: url(i), externalId: i, url: url(i), byteRange: undefined, startTime, endTime: startTime + SEGMENT_S };
}

/** The first word of each segment is its number, as the origin made it. */
function check(i, data) {
  if (data.byteLength !== segmentBytes || new DataView(data).getUint32(0) !== i) {
    throw new Error(`segment ${i} came with ${data.byteLength} bytes and is not what the origin sent`);
  }
}

// A playhead that moves also has our core run its module.
let position = 0;
setInterval(() => core.updatePlayback((position += 1e-6), 1), 250);

/**
 * Lists the segments from `first` to before `end`, and loads them in turn.
 * With `playing` the playhead follows, so that the storage may let them go.
 * Returns the bytes that came meanwhile.
 */
window.load = async (first, end, playing = false) => {
  const before = { ...seen };
  core.updateStream(STREAM, Array.from({ length: end - first }, (_, i) => segment(first + i)));
  for (let i = first; i < end; i++) {
    const loaded = new Promise((onSuccess, onError) => void core.loadSegment(url(i), { onSuccess, onError }));
    if (playing) core.updatePlayback((position = BEGIN_S + (i - 1) * SEGMENT_S), 1);
    check(i, (await loaded).data);
  }
  return { http: seen.http - before.http, p2p: seen.p2p - before.p2p };
};
