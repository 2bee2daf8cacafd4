import assert from "node:assert/strict";
import test from "node:test";
import { load, loadRealCore } from "./bundle.mjs";

const ours = await load('export { generateStreamShortId } from "./src/stream-id.ts"');
const real = await loadRealCore();

const streams = {
  "nothing": {},
  "nulls": { bitrate: null, codecs: null, width: null, language: null, channels: null, name: null, frameRate: null },
  "video": { bitrate: 1280000, codecs: "avc1.42c01e", width: 320, height: 180, frameRate: "30.000", videoRange: "SDR" },
  "codecs out of order": { bitrate: 1, codecs: " mp4a.40.2 , AVC1.4D401F,avc1.66.30" },
  "decimal codecs": { codecs: "avc1.66.30,avc.77.9,avc1.066.30,avc1.66.3x,avc1.66" },
  "audio": { bitrate: 0, codecs: "mp4a.40.2", language: "en-US", channels: "2/-/BINAURAL", name: " English " },
  "undetermined language": { language: "und", channels: 6 },
  "zeros": { bitrate: 0, width: 0, height: 0, frameRate: "0", channels: 0 },
  "not a frame rate": { frameRate: "fast", videoRange: " pq " },
  "not a number": { bitrate: Number.NaN },
  "a name beyond ASCII": { name: "Überspielung 日本語 🎬" },
  "more than a block": { name: "x".repeat(200) },
};

for (const [name, stream] of Object.entries(streams)) {
  test(`a stream's index is that of npm p2p-media-loader-core: ${name}`, () => {
    assert.equal(ours.generateStreamShortId(stream), real.generateStreamShortId(stream));
  });
}

test("names of every length near a block's end hash alike", () => {
  for (let length = 30; length < 140; length++) {
    const stream = { name: "a".repeat(length) };
    assert.equal(ours.generateStreamShortId(stream), real.generateStreamShortId(stream), `length ${length}`);
  }
});
