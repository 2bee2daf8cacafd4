// The demo page's count of bytes over time, and the axis that they are drawn on.

import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./bundle.mjs";

const { Bytes, MEAN_S, SHOWN_S, roof } = await load('export * from "./page/record/bytes.ts"; export * from "./page/panels/roof.ts"');

function counting() {
  const listeners = {};
  const bytes = new Bytes({ on: (event, listener) => (listeners[event] = listener) });
  return {
    bytes,
    origin: (at, count) => listeners.onChunkDownloaded(at, count, "http"),
    peers: (at, count) => listeners.onChunkDownloaded(at, count, "p2p", "anna"),
    given: (at, count) => listeners.onChunkUploaded(at, count, "anna"),
    loaded: (at, bytesLength) => listeners.onSegmentLoaded(at, { bytesLength }),
  };
}

test("sums, and a share once there is enough to tell", () => {
  const { bytes, origin, peers, given } = counting();
  assert.equal(bytes.share, undefined);
  peers(0, 1000);
  assert.equal(bytes.share, undefined, "a first chunk from a peer is not 100 %");
  origin(10, 99_000);
  peers(20, 299_000);
  given(30, 500_000);
  assert.deepEqual([bytes.origin, bytes.peers, bytes.given, bytes.received], [99_000, 300_000, 500_000, 399_000]);
  assert.equal(bytes.share, 300 / 399);
});

test("the origin was spared what peers gave of segments that are here, and nothing by what was thrown away", () => {
  const { bytes, origin, peers, loaded } = counting();
  peers(0, 1000);
  assert.equal(bytes.saved, 0, "it may turn out to be false");
  loaded(10, 1000);
  assert.equal(bytes.saved, 1000);
  origin(20, 300);
  peers(30, 700);
  loaded(40, 1000);
  assert.equal(bytes.saved, 1700, "each gave a part");
  peers(50, 1000); // false
  origin(60, 1000);
  loaded(70, 1000);
  assert.equal(bytes.saved, 1700);
  peers(80, 400); // taken back
  peers(90, 1000);
  loaded(100, 1000);
  assert.equal(bytes.saved, 2700);
  origin(110, 5000); // of a segment that nobody waits for any more
  assert.equal(bytes.saved, 0, "never below nothing");
});

test("the last seconds are whole ones", () => {
  const { bytes, origin, peers, given } = counting();
  origin(8_999, 1);
  origin(9_000, 10);
  peers(18_999, 20);
  given(18_000, 30);
  peers(19_000, 40);
  assert.deepEqual(bytes.last(10, 19_500), { origin: 10, peers: 20, given: 30 });
  assert.deepEqual(bytes.lastMinute(10, 19_500).slice(0, 2), [
    { origin: 10, peers: 20, given: 30 },
    { origin: 1, peers: 0, given: 0 },
  ]);
});

test("a rate is the mean of some seconds, and never changes once it is shown", () => {
  const { bytes, origin } = counting();
  origin(100_500, 4000);
  const at = (now, moment) => bytes.rates(now).find((rate) => rate.at === moment)?.origin;
  assert.equal(at(104_700, 100_000), 0);
  assert.equal(at(104_700, 101_000), 4000 / MEAN_S);
  assert.equal(at(104_700, 104_000), 4000 / MEAN_S);
  assert.equal(at(105_000, 105_000), 0);
  assert.equal(at(105_000, 106_000), undefined, "not before that second is over");
  origin(105_500, 4000);
  assert.equal(at(105_600, 104_000), 4000 / MEAN_S);
  assert.equal(at(105_600, 105_000), 0);
});

test("the rates reach over the minute that is shown, and what is older is forgotten", () => {
  const { bytes, origin } = counting();
  for (let second = 0; second < 1000; second++) origin(1000 * second, 100);
  const rates = bytes.rates(999_500);
  assert.ok(rates[0].at <= 998_500 - 1000 * SHOWN_S);
  assert.equal(rates.at(-1).at, 999_000);
  assert.ok(rates.every(({ origin }) => origin === 100), JSON.stringify(rates));
  assert.deepEqual(bytes.last(900, 999_500), { origin: 6500, peers: 0, given: 0 }, "no more than the chart needs");
  assert.equal(bytes.origin, 100_000);
});

test("an axis ends at a round number, and stays while it suits", () => {
  assert.equal(roof(500, 100, 500), 500);
  assert.equal(roof(500, 501, 500), 750);
  assert.equal(roof(750, 750, 500), 750);
  assert.equal(roof(750, 1400, 500), 1500);
  assert.equal(roof(1500, 600, 500), 1500, "not at once when less is needed");
  assert.equal(roof(1500, 520, 500), 750);
  assert.equal(roof(750, 0, 500), 500);
  assert.equal(roof(500, 0, 500), 500);
  assert.equal(roof(500, 9999, 500), 10_000);
  assert.equal(roof(1000, 0, 250), 250);
});
