// The event log: a line for each event, and never more than it keeps.

import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./bundle.mjs";

const { Journal, ENTRIES_KEPT, KINDS } = await load('export * from "./page/record/journal.ts";');

/** A source of events, and hls.js, as far as a journal follows them. */
function setup() {
  const listeners = new Map();
  const follow = (name, listener) => listeners.set(name, listener);
  const hls = { on: follow, levels: [{ height: 360, bitrate: 500_000 }, {}] };
  const downloads = [];
  const journal = new Journal({ on: follow }, hls, { downloads });
  return { journal, downloads, tell: (name, ...args) => listeners.get(name)(...args), texts: () => journal.entries.map(({ kind, text }) => `${kind}: ${text}`) };
}

const peerId = "-PM0203-abcdefgh1234";
const url = "http://origin.test/hls/360p/7.ts?x=1";
const segment = { url };

test("a segment is told of when it has ended, with its giver and how long it took", () => {
  const { downloads, tell, texts } = setup();
  downloads.push({ segment, outcome: "loaded", began: 1000, ended: 1250 }, { segment, outcome: "under way", began: 1200 });
  tell("onSegmentLoaded", 1250, { segmentUrl: url, bytesLength: 110_000, downloadSource: "p2p", peerId });
  tell("onSegmentLoaded", 1300, { segmentUrl: "http://origin.test/8.ts", bytesLength: 110_000, downloadSource: "http" });
  tell("onSegmentError", 2500, { segment, downloadSource: "p2p", peerId, error: { type: "peer-closed", message: "" } });
  tell("onSegmentAbort", 2600, { segment });
  assert.deepEqual(texts(), [
    "segments: 360p/7.ts: 110 kB from peer abcdefgh in 250 ms",
    "segments: 8.ts: 110 kB from the origin",
    "segments: 360p/7.ts: failed from peer abcdefgh: peer-closed",
    "segments: 360p/7.ts: given up, as it is not needed any more",
  ]);
});

test("the parts of one file are told apart, and by the one that has just ended", () => {
  const { downloads, tell, texts } = setup();
  const part = (number, runtimeId) => ({ segment: { url, runtimeId, byteRange: { start: 0, end: 9 } }, number, outcome: "loaded", began: 1000 });
  const [init, first, second] = [part(undefined, "i"), part(4, "a"), part(5, "b")];
  downloads.push({ ...init, ended: 1100 }, { ...first, ended: 1400 }, { ...second, ended: 1200 });
  tell("onSegmentLoaded", 1400, { segmentUrl: url, bytesLength: 110_000, downloadSource: "http" });
  tell("onSegmentAbort", 1500, { segment: second.segment });
  tell("onSegmentError", 1600, { segment: init.segment, downloadSource: "http", error: { type: "http-error", message: "404" } });
  assert.deepEqual(texts(), [
    "segments: 360p/7.ts, segment 4: 110 kB from the origin in 400 ms",
    "segments: 360p/7.ts, segment 5: given up, as it is not needed any more",
    "segments: 360p/7.ts, init: failed from the origin: 404",
  ]);
});

test("peers, the tracker, warnings and the player are told of, each as its kind", () => {
  const { journal, tell, texts } = setup();
  tell("onPeerConnect", 1, { peerId, streamType: "main" });
  tell("onPeerClose", 2, { peerId, streamType: "secondary" });
  tell("onPeerError", 3, { peerId, streamType: "main", error: new Error("cut off") });
  tell("onTrackerError", 4, { error: new Error("no answer") });
  tell("onTrackerWarning", 5, { warning: "slow down" });
  tell("onTrackerReply", 5, { streamType: "main", viewers: 1 });
  tell("onTrackerReply", 5, { streamType: "main", viewers: 1 });
  tell("onTrackerReply", 5, { streamType: "main", viewers: 2 });
  tell("onWarning", 6, { warning: Object.assign(new Error("no digests are listed"), { code: "digests-missing" }) });
  tell("onWarningOver", 7, { code: "digests-missing" });
  tell("hlsManifestParsed", "", { levels: [{}, {}] });
  tell("hlsLevelSwitched", "", { level: 0 });
  tell("hlsLevelSwitched", "", { level: 1 });
  tell("hlsError", "", { fatal: false, details: "bufferStalledError", error: new Error("") });
  tell("hlsError", "", { fatal: true, details: "manifestLoadError", error: new Error("404") });
  assert.deepEqual(texts(), [
    "peers: Connected to abcdefgh",
    "peers: The connection to abcdefgh for sound has ended",
    "peers: Trouble with abcdefgh: cut off",
    "tracker: Error: no answer",
    "tracker: Warning: slow down",
    "tracker: It counts one viewer of this rendition",
    "tracker: It counts 2 viewers of this rendition",
    "warnings: no digests are listed (digests-missing)",
    "warnings: Over: digests-missing",
    "player: The stream has 2 renditions",
    "player: Plays 360p, 0.5 Mbit/s",
    "player: Plays rendition 1",
    "player: Stalled: what comes next is not here yet",
    "player: Cannot go on (manifestLoadError): 404",
  ]);
  assert.ok(journal.entries.every(({ kind }) => KINDS.includes(kind)));
});

test("it is bounded, in lines and in their length, and can be cleared", () => {
  const { journal, tell } = setup();
  for (let i = 1; i <= ENTRIES_KEPT + 10; i++) tell("onTrackerWarning", i, { warning: `${i} ${"x".repeat(10_000)}` });
  assert.equal(journal.entries.length, ENTRIES_KEPT);
  assert.match(journal.entries[0].text, /^Warning: 11 x/);
  assert.ok(journal.entries.every(({ text }) => text.length < 400));
  journal.clear();
  assert.deepEqual(journal.entries, []);
  tell("onTrackerWarning", 1, { warning: "again" });
  assert.equal(journal.entries[0].id, ENTRIES_KEPT + 11);
});

test("lines have the time of day, also after the machine has slept", (t) => {
  const { journal, tell } = setup();
  let time = 1_800_000_000_000;
  t.mock.method(Date, "now", () => time);
  t.mock.method(performance, "now", () => 60_000);
  tell("onTrackerWarning", 59_900, { warning: "before" });
  time += 3_600_000; // an hour that performance.now() knows nothing of
  tell("onTrackerWarning", 60_000, { warning: "after" });
  assert.deepEqual(journal.entries.map(({ at }) => at), [1_799_999_999_900, 1_800_003_600_000]);
});
