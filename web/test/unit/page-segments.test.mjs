// The demo page's record of downloads, told of events in good order and in bad.

import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./bundle.mjs";

const { Segments, DOWNLOADS_KEPT, KEPT_MS, LANES, SILENT_MS } = await load('export * from "./page/record/segments.ts"');

const ANNA = "-PM0203-annaannaxyz1";
const BERT = "-PM0203-bertbertxyz1";

/** A record, and what tells it of events. The segment's place is its number, and the sound's numbers begin at 1000. */
function recording() {
  const listeners = {};
  let restart;
  const segments = new Segments({
    on: (event, listener) => (listeners[event] = listener),
    onRestart: (listener) => (restart = listener),
    placeOf: ({ externalId: number }) => ({ type: number < 1000 ? "main" : "secondary", number }),
  });
  const from = (peerId) => ({ downloadSource: peerId ? "p2p" : "http", peerId });
  return {
    segments,
    restart: (at) => restart(at),
    tell: (event, at, details) => listeners[event](at, details),
    starts: (at, segment, peerId) => listeners.onSegmentStart(at, { segment, ...from(peerId) }),
    loads: (at, { url }, bytesLength, peerId) => listeners.onSegmentLoaded(at, { segmentUrl: url, bytesLength, ...from(peerId) }),
    fails: (at, segment, peerId) =>
      listeners.onSegmentError(at, { segment, error: { type: "peer-closed", message: "gone" }, ...from(peerId) }),
    aborts: (at, segment, peerId) => listeners.onSegmentAbort(at, { segment, ...from(peerId) }),
    /** What is known of each, in short. */
    told: () => segments.downloads.map(({ number, source, peer, began, ended, outcome, bytes }) =>
      [number, peer ?? source, began, ended, outcome, bytes]),
  };
}

function segment(number, range) {
  const url = range ? "https://origin.test/all.mp4" : `https://origin.test/${number}.ts`;
  const byteRange = range && { start: range[0], end: range[1] };
  return { runtimeId: range ? `${url}|${range.join("-")}` : url, externalId: number, url, byteRange, startTime: 2 * number, endTime: 2 * number + 2 };
}

test("downloads from the origin and from a peer, side by side", () => {
  const { starts, loads, told, segments } = recording();
  starts(100, segment(1));
  starts(120, segment(2), ANNA);
  loads(200, segment(2), 2000, ANNA);
  loads(300, segment(1), 1000);
  assert.deepEqual(told(), [
    [1, "origin", 100, 300, "loaded", 1000],
    [2, "annaanna", 120, 200, "loaded", 2000],
  ]);
  assert.deepEqual(segments.downloads.map(({ lane }) => lane), [0, 1]);
});

test("what fails at one peer and is called off at another comes from the origin, resumed", () => {
  const { starts, fails, aborts, loads, told, segments } = recording();
  starts(0, segment(1), ANNA);
  fails(10, segment(1), ANNA);
  starts(20, segment(1), BERT);
  aborts(30, segment(1), BERT);
  starts(40, segment(1));
  loads(50, segment(1), 1000);
  assert.deepEqual(told(), [
    [1, "annaanna", 0, 10, "failed", undefined],
    [1, "bertbert", 20, 30, "aborted", undefined],
    [1, "origin", 40, 50, "loaded", 1000],
  ]);
  assert.deepEqual(segments.downloads.map(({ isResumed }) => isResumed), [false, true, true]);
  assert.equal(segments.downloads[0].reason, "peer-closed, gone");
  assert.equal(segments.of(segment(1).runtimeId).source, "origin");
  starts(60, segment(1));
  assert.equal(segments.of(segment(1).runtimeId).outcome, "loaded", "which says more than one that is under way");
  assert.ok(!segments.downloads.at(-1).isResumed);
});

test("two that fetch one segment at once are told apart", () => {
  const { starts, loads, aborts, told } = recording();
  starts(0, segment(1), ANNA);
  starts(10, segment(1));
  loads(20, segment(1), 1000);
  aborts(21, segment(1), ANNA);
  assert.deepEqual(told(), [
    [1, "annaanna", 0, 21, "aborted", undefined],
    [1, "origin", 10, 20, "loaded", 1000],
  ]);
});

test("what has ended does not end again, and what never began does not end", () => {
  const { starts, loads, fails, aborts, told } = recording();
  loads(0, segment(1), 1000);
  fails(0, segment(1));
  aborts(0, segment(1));
  assert.deepEqual(told(), []);
  starts(10, segment(1));
  loads(20, segment(1), 1000);
  loads(30, segment(1), 1000);
  fails(40, segment(1));
  aborts(50, segment(1));
  assert.deepEqual(told(), [[1, "origin", 10, 20, "loaded", 1000]]);
});

test("an abort of what had no source yet ends nothing", () => {
  const { starts, tell, told } = recording();
  starts(0, segment(1));
  tell("onSegmentAbort", 10, { segment: segment(1), downloadSource: undefined, peerId: undefined });
  assert.deepEqual(told(), [[1, "origin", 0, undefined, "under way", undefined]]);
});

test("one that begins again had ended unheard of", () => {
  const { starts, loads, told } = recording();
  starts(0, segment(1));
  starts(50, segment(1));
  loads(60, segment(1), 1000);
  assert.deepEqual(told(), [
    [1, "origin", 0, 50, "unknown", undefined],
    [1, "origin", 50, 60, "loaded", 1000],
  ]);
});

test("one that never ends is given up, and its lane is free again", () => {
  const { starts, told, segments } = recording();
  starts(0, segment(1));
  starts(1000, segment(2));
  assert.equal(segments.downloads[1].lane, 1);
  starts(SILENT_MS + 500, segment(3));
  assert.deepEqual(told()[0].slice(2, 5), [0, SILENT_MS + 500, "unknown"]);
  assert.equal(told()[1][4], "under way");
  starts(SILENT_MS + 1500, segment(4));
  assert.equal(segments.downloads[3].lane, 0);
});

test("when the player begins anew, what was under way was called off", () => {
  const { starts, loads, restart, told } = recording();
  starts(0, segment(1));
  loads(10, segment(1), 1000);
  starts(20, segment(2));
  restart(30);
  assert.deepEqual(told().map((each) => each[4]), ["loaded", "aborted"]);
});

test("parts of one file are told apart by their size, and by who was first", () => {
  const { starts, loads, told } = recording();
  starts(0, segment(1, [0, 999]));
  starts(1, segment(2, [1000, 1499]));
  starts(2, segment(3, [1500, 1999]));
  loads(10, segment(2, [1000, 1499]), 500);
  loads(11, segment(1, [0, 999]), 1000);
  loads(12, segment(3, [1500, 1999]), 500);
  assert.deepEqual(told().map(([number, , , ended]) => [number, ended]), [[1, 11], [2, 10], [3, 12]]);
});

test("sound has lanes of its own, and more than there are lanes share the last", () => {
  const { starts, segments } = recording();
  for (let i = 0; i < LANES + 2; i++) starts(i, segment(i));
  starts(100, segment(1000));
  const lanes = segments.downloads.map(({ lane }) => lane);
  assert.deepEqual(lanes, [...Array(LANES).keys(), LANES - 1, LANES - 1, 0]);
});

test("what is asked for is what was under way then, and little is kept", () => {
  const { starts, loads, segments } = recording();
  for (let i = 0; i < 3; i++) {
    starts(1000 * i, segment(i));
    loads(1000 * i + 500, segment(i), 1000);
  }
  const numbers = (from, now) => segments.since(from, now).map(({ number }) => number);
  assert.deepEqual(numbers(1400, 3000), [1, 2]);
  assert.deepEqual(numbers(1600, 3000), [2]);
  assert.deepEqual(numbers(0, 1500 + KEPT_MS), [1, 2], "older ones are forgotten");

  for (let i = 0; i < 2 * DOWNLOADS_KEPT; i++) {
    starts(5000 + i, segment(i));
    loads(5000 + i, segment(i), 1000);
  }
  assert.equal(segments.downloads.length, DOWNLOADS_KEPT);
  assert.equal(segments.downloads.at(-1).number, 2 * DOWNLOADS_KEPT - 1);
});
