// What the demo page says of the stream around the playhead.

import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./bundle.mjs";

globalThis.self ??= globalThis; // which hls.js asks for
const { Playhead } = await load('export * from "./page/record/playhead.ts"');

const fragment = (name) => (sn) => ({ sn, url: `${name}${sn}`, byteRange: [], start: 2 * sn, end: 2 * sn + 2 });
const playlist = (name) => ({ details: { fragments: [0, 1, 2, 3].map(fragment(name)) } });

/** A playhead at 3 s of 8, with the buffer full up to 4 s, and `downloads` by address. */
function at3({ audioTracks = [], duration = 8, downloads = {} } = {}) {
  const hls = { levels: [playlist("v")], loadLevel: 0, audioTracks, audioTrack: 0 };
  const engine = { getConfig: () => ({ core: { mainStream: { highDemandTimeWindow: 2 } } }) };
  const video = { currentTime: 3, duration, buffered: { length: 1, start: () => 0, end: () => 4 } };
  return new Playhead({ hls, engine }, video, { of: (runtimeId) => downloads[runtimeId] });
}

test("what is buffered is here, though its download is forgotten, and of the rest what comes soon is urgent", () => {
  const near = at3({ downloads: { v3: { outcome: "loaded" } } }).near("main", 6, 20);
  assert.deepEqual(near.map(({ number, start, end, isHere, isUrgent }) => [number, start, end, isHere, isUrgent]), [
    [0, -3, -1, true, false],
    [1, -1, 1, true, false],
    [2, 1, 3, false, true],
    [3, 3, 5, true, false],
  ]);
  assert.deepEqual(near.map(({ download }) => download?.outcome), [undefined, undefined, undefined, "loaded"]);
});

test("sound of its own has segments of its own", () => {
  assert.deepEqual(at3().near("secondary", 6, 20), []);
  const downloads = { v2: { outcome: "under way" }, a2: { outcome: "loaded" } };
  const playhead = at3({ audioTracks: [playlist("a")], downloads });
  const second = (type) => playhead.near(type, 6, 20)[2].download.outcome;
  assert.equal(second("main"), "under way");
  assert.equal(second("secondary"), "loaded");
});

test("a recording ends, and a live stream does not", () => {
  assert.equal(at3().endsIn, 5);
  assert.equal(at3({ duration: Infinity }).endsIn, undefined);
  assert.equal(at3({ duration: Number.NaN }).endsIn, undefined);
});
