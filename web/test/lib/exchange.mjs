// One viewer gives and another takes, and both count the bytes.

import assert from "node:assert/strict";

/** So much of each type of stream makes an exchange, in bytes of whole segments. */
const ENOUGH = { main: 100_000, secondary: 30_000 };
/** What may be on its way between two looks, in bytes: two of the longest messages. */
const UNDER_WAY = 2 * 65_535;

/** Paths of segments, whatever their format. */
const SEGMENTS = /^\/hls\/.*\.(ts|m4s|mp4)$/;

/**
 * Lets `taker` in when the giver has something, and waits until it has taken
 * enough of every type and goes on playing.
 *
 * @param giver opens the viewer that gives; `taker`, the one that takes.
 * @param has tells whether the giver has enough to give.
 * @param types the types of stream that are shared.
 */
export async function exchange(t, { giver, taker, has = () => true, types = ["main"] }) {
  const first = await giver();
  await first.plays(1);
  await first.until("it has something to give", has);
  const second = await taker();
  await second.until("it has taken enough", ({ loaded }) => types.every((type) => loaded[type].p2p >= ENOUGH[type]));
  const { byPeer, peers } = await second.plays(2);
  assert.equal(Object.keys(byPeer).length, types.length, "one peer for each type");

  // What has been taken was given, and counted so by both.
  const { given } = await first.until("it has counted what it gave", ({ given }) => given >= peers);
  const later = await second.seen();
  assert.ok(later.peers + UNDER_WAY >= given, `${given} given, ${later.peers} taken`);

  // What came from the peer did not come from the origin as well.
  const sent = second.proxy.bytes(SEGMENTS);
  const whole = Object.values(later.loaded).reduce((sum, { http, p2p }) => sum + http + p2p, 0);
  t.diagnostic(`${later.peers} bytes from the peer, ${sent} of ${whole} from the origin`);
  assert.ok(sent < whole, `the origin sent ${sent} of ${whole}`);
  await first.plays(1);
}
