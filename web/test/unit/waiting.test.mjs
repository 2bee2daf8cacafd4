// How long what the player asks for waits for the module, and for whom it may bring.

import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./bundle.mjs";
import { body, fakeModule, fakeOrigin, mockTime, player, register, segmentBytes } from "./fakes.mjs";

const SIZE = 1000;
const ok = () => new Response(body(segmentBytes(SIZE)));
const failure = () => new Response(null, { status: 503 });

async function settle() {
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
}

/**
 * A player of 2 s segments that has its first one, from an origin that takes `ms` for
 * it after `failures`, and has the bitrate and settings given.
 */
async function start(t, { ms = 20, failures = 0, bitrate = 0, settings = {} } = {}) {
  globalThis.RTCPeerConnection = class {};
  t.after(() => delete globalThis.RTCPeerConnection);
  t.mock.method(Math, "random", () => 1); // pauses are whole ones
  const time = mockTime(t);
  let left = failures;
  const requests = fakeOrigin(async () => {
    if (left-- > 0) return failure();
    await new Promise((resolve) => setTimeout(resolve, ms));
    return ok();
  });
  const { Core, pageModule } = await load('export { Core } from "./src/core.ts"; export { pageModule } from "./src/module.ts"');
  const core = new Core(settings);
  t.after(() => core.destroy());
  const segments = register(core, { segments: 8 });
  core.setActiveLevelBitrate(bitrate);

  const pass = async (ms) => {
    for (let left = ms; left > 0; left -= 10) {
      time.tick(Math.min(10, left));
      await settle();
    }
  };
  const ask = async (segment) => {
    await core.loadSegment(segment.runtimeId, player().callbacks);
    await settle();
  };
  /** Asks for a segment; how long it takes until the origin is asked for it, in ms, to 10. */
  const waits = async (segment) => {
    const isAsked = () => requests.some(({ url }) => url === segment.url);
    await ask(segment);
    for (let waited = 0; waited < 10_000; waited += 10) {
      if (isAsked()) return waited;
      await pass(10);
    }
    return Infinity;
  };
  await ask(segments[0]);
  await pass(ms);
  await pass(failures * 250); // the pause after the first
  return { core, pageModule, segments, requests, ask, pass, waits };
}

test("of a quick origin what is needed next waits as long as it can", async (t) => {
  const { segments, waits } = await start(t);
  assert.equal(await waits(segments[1]), 960); // twice 20 ms, and a second
});

test("but no longer than it takes to meet peers", async (t) => {
  const { segments, waits } = await start(t);
  assert.equal(await waits(segments[5]), 2980); // the first took 20 of 3000 ms
});

test("of one that takes a sixth of the time it waits less", async (t) => {
  const { segments, waits } = await start(t, { ms: 330 });
  assert.equal(await waits(segments[1]), 340); // twice 330 ms, and a second
});

test("of one that takes longer than half of it four seconds are urgent", async (t) => {
  const { core, segments, waits } = await start(t, { ms: 1100 });
  assert.equal(await waits(segments[2]), 0);
  core.updatePlayback(1, 1);
  assert.equal(await waits(segments[3]), 1000);
});

test("of one that has failed too", async (t) => {
  const { segments, waits } = await start(t, { failures: 1 });
  assert.equal(await waits(segments[2]), 0);
  assert.equal(await waits(segments[3]), 2000);
});

test("a small first segment is no measure of those that follow", async (t) => {
  // 8000 bits in 20 ms: of 80 kbit/s a segment takes 0.4 s, and of 200 half its time.
  const { core, segments, waits } = await start(t, { bitrate: 80_000 });
  assert.equal(await waits(segments[1]), 200); // twice 0.4 s, and a second
  core.setActiveLevelBitrate(200_000);
  assert.equal(await waits(segments[2]), 0);
});

test("a player that is fast needs it sooner", async (t) => {
  const { core, segments, waits } = await start(t);
  core.updatePlayback(0, 2);
  assert.equal(await waits(segments[2]), 960); // in 2 s instead of 4
});

test("where the player is decides, as soon as it tells", async (t) => {
  const { core, segments, requests, ask, pass } = await start(t);
  const isAsked = (segment) => requests.some(({ url }) => url === segment.url);
  await ask(segments[2]);
  await pass(1000);
  core.updatePlayback(2.5, 1);
  await settle();
  assert.ok(!isAsked(segments[2]));
  core.updatePlayback(3, 1);
  await settle();
  assert.ok(isAsked(segments[2]));
});

for (const [what, settings] of Object.entries({
  "without a tracker": { announceTrackers: [] },
  "with P2P disabled": { mainStream: { isP2PDisabled: true } },
})) {
  test(`${what} there is nobody to wait for`, async (t) => {
    const { segments, waits } = await start(t, { settings });
    assert.equal(await waits(segments[5]), 0);
  });
}

test("the module hears how quick the origin was", async (t) => {
  const { pageModule } = await start(t, { ms: 100 });
  const module = fakeModule();
  pageModule.becomeReady(module);
  assert.deepEqual(module.calls.filter(([method]) => method === "learn"), [["learn", "main", 0.05]]);
});

test("and not of one that fails", async (t) => {
  const { pageModule } = await start(t, { failures: 1 });
  const module = fakeModule();
  pageModule.becomeReady(module);
  assert.ok(module.methods().includes("seed") && !module.methods().includes("learn"));
});

test("of what is on its way when the module comes it hears as well", async (t) => {
  const { pageModule, segments, ask, pass } = await start(t);
  await ask(segments[1]);
  await pass(970); // it is asked for after 960
  const module = fakeModule();
  pageModule.becomeReady(module);
  await pass(40);
  assert.deepEqual(module.calls.slice(-2).map(([method]) => method), ["seed", "learn"]);
});
