import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./bundle.mjs";
import { body, fakeModule, fakeOrigin, mockTime, player, recordEvents, register, segmentBytes } from "./fakes.mjs";

const whole = segmentBytes(1000);
const ok = () => new Response(body(whole));

/** A page of its own: its Core, and the life of its module in our hands. */
function newPage() {
  return load('export { Core, CoreRequestError, RequestError } from "./src/index.ts"; export { pageModule } from "./src/module.ts"');
}

/** A browser that could have peers. */
function withWebRTC(t) {
  globalThis.RTCPeerConnection = class {};
  t.after(() => delete globalThis.RTCPeerConnection);
}

async function settle() {
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
}

test("loadSegment rejects without a manifest's address, and for what is unknown", async () => {
  const { Core } = await newPage();
  fakeOrigin(ok);
  const core = new Core();
  await assert.rejects(core.loadSegment("x", player().callbacks), /Manifest response url is not defined/);
  register(core);
  await assert.rejects(core.loadSegment("x", player().callbacks), /Not found segment with id: x/);
});

test("streams are kept as they were registered", async () => {
  const { Core } = await newPage();
  fakeOrigin(ok);
  const core = new Core();
  const [first, second] = register(core);
  const stream = core.getStream("https://origin.test/a.m3u8");
  core.addStreamIfNoneExists({ runtimeId: stream.runtimeId, type: "secondary", index: "other" });
  assert.equal(core.getStream(stream.runtimeId), stream);
  assert.equal(stream.type, "main");
  core.addStreamIfNoneExists({ runtimeId: "s", type: "main", index: "i", shaka: 5 });
  assert.equal(core.getStream("s").shaka, 5);
  assert.equal(stream.segments.get(first.runtimeId).stream, stream);
  core.updateStream(stream.runtimeId, undefined, [first.runtimeId]);
  assert.ok(!core.hasSegment(first.runtimeId));
  assert.deepEqual([...stream.segments.keys()][0], second.runtimeId);
  core.updateStream("unknown", [first]);
  assert.ok(!core.hasSegment(first.runtimeId));
});

test("a segment is loadable unless unknown, disabled, or the module is dead (not-loadable)", async (t) => {
  const { Core, pageModule } = await newPage();
  fakeOrigin(ok);
  const warned = t.mock.method(console, "warn", () => undefined);
  const core = new Core();
  assert.ok(!core.isSegmentLoadable("x"));
  const [segment] = register(core);
  const [audio] = register(core, { type: "secondary", name: "b" });
  assert.ok(core.isSegmentLoadable(segment.runtimeId));
  core.applyDynamicConfig({ mainStream: { isP2PDisabled: true } });
  assert.ok(!core.isSegmentLoadable(segment.runtimeId));
  assert.ok(core.isSegmentLoadable(audio.runtimeId));
  pageModule.die("for the test");
  assert.ok(!core.isSegmentLoadable(audio.runtimeId));
  assert.ok(core.hasSegment(audio.runtimeId));
  assert.equal(warned.mock.callCount(), 1);
});

test("a Core in use is told once that the module is gone (module-gone)", async (t) => {
  const { Core, pageModule } = await newPage();
  fakeOrigin(ok);
  const warned = t.mock.method(console, "warn", () => undefined);
  const [used, destroyed] = [new Core(), new Core()];
  const heard = new Map([used, destroyed].map((core) => [core, recordEvents(core)]));
  const unused = recordEvents(new Core());
  for (const core of [used, destroyed]) {
    const [segment] = register(core);
    await core.loadSegment(segment.runtimeId, player().callbacks);
  }
  pageModule.becomeReady(fakeModule());
  destroyed.destroy();
  pageModule.die("loop: panic: broken\nand where");
  pageModule.die("again");
  const errors = (core) => heard.get(core).filter(([name]) => name === "onTrackerError");
  assert.equal(errors(used).length, 1);
  const [[, { streamType, error }]] = errors(used);
  assert.equal(streamType, "main");
  assert.ok(error instanceof Error);
  assert.equal(error.message, "no peer-to-peer on this page, HTTP only: loop: panic: broken");
  assert.deepEqual([errors(destroyed), unused], [[], []]);
  assert.equal(warned.mock.callCount(), 1);

  // It loads again after destroy(), over HTTP, and hears nothing more of that.
  used.destroy();
  const [segment] = register(used);
  const again = player();
  await used.loadSegment(segment.runtimeId, again.callbacks);
  await again.answered;
  assert.equal(new Uint8Array(again.heard[0].success.data).length, whole.length);
  assert.equal(errors(used).length, 1);
});

test("a new request aborts the former one of its stream type, and no other", async () => {
  const { Core, CoreRequestError } = await newPage();
  fakeOrigin(() => new Promise(() => undefined));
  const core = new Core();
  const [one, two] = register(core);
  const [audio] = register(core, { type: "secondary", name: "b" });
  const [first, second, third] = [player(), player(), player()];
  await core.loadSegment(one.runtimeId, first.callbacks);
  await core.loadSegment(audio.runtimeId, third.callbacks);
  const returned = core.loadSegment(two.runtimeId, second.callbacks);
  assert.deepEqual(first.heard, [], "the engine hears of it after its call");
  await returned;
  await settle();
  assert.equal(first.heard.length, 1);
  assert.ok(first.heard[0].error instanceof CoreRequestError);
  assert.equal(first.heard[0].error.type, "aborted");
  assert.deepEqual([...second.heard, ...third.heard], []);
  core.destroy();
  assert.equal(second.heard[0].error.type, "aborted");
  assert.equal(third.heard[0].error.type, "aborted");
});

test("the module learns all that was registered, then gets the early segments", async () => {
  const { Core, pageModule } = await newPage();
  fakeOrigin(ok);
  const core = new Core({ swarmId: "s" });
  const [one, two] = register(core);
  core.setIsLive(true);
  core.setActiveLevelBitrate(5000);
  core.updatePlayback(99, 1); // before the first request: the player has no place yet
  const { callbacks, answered, heard } = player();
  await core.loadSegment(one.runtimeId, callbacks);
  await answered;
  structuredClone(heard[0].success.data, { transfer: [heard[0].success.data] }); // as hls.js's worker does

  const module = fakeModule();
  pageModule.becomeReady(module);
  const [open, ...told] = module.calls;
  assert.equal(open[0], "open");
  assert.equal(open[1].mainStream.swarmId, "s");
  assert.deepEqual(told.slice(0, 3), [
    ["setManifestUrl", "https://origin.test/master.m3u8"], ["setLive", true], ["setActiveLevelBitrate", 5000],
  ]);
  assert.deepEqual(told[3], ["addStream", "https://origin.test/a.m3u8", "main", "i"]);
  assert.equal(told[4][0], "updateStream");
  assert.deepEqual(told[4][2].map(({ externalId }) => externalId), [100, 101, 102]);
  assert.deepEqual(told[5], ["updatePlayback", 0, 1]);
  assert.deepEqual(told[6], ["seed", one.runtimeId, whole]);
  assert.deepEqual(told[7].slice(0, 2), ["learn", "main"]);

  const next = player();
  await core.loadSegment(two.runtimeId, next.callbacks);
  await settle();
  const load = module.calls.at(-1);
  assert.deepEqual([load[0], load[2]], ["load", two.runtimeId]);
  module.host.resolve(load[1], 0, whole);
  module.host.resolve(load[1], 0, whole);
  assert.equal(next.heard.length, 1);
  assert.equal(next.heard[0].success.bandwidth, 1, "never 0");
});

test("what was loaded early is handed over under the address that it has by then", async () => {
  const { Core, pageModule } = await newPage();
  fakeOrigin(ok);
  const core = new Core();
  const listed = register(core);
  const { callbacks, answered } = player();
  await core.loadSegment(listed[0].runtimeId, callbacks);
  await answered;
  const signed = listed.map((segment) => ({ ...segment, runtimeId: `${segment.url}?2`, url: `${segment.url}?2` }));
  core.updateStream("https://origin.test/a.m3u8", signed, listed.map(({ runtimeId }) => runtimeId));
  const module = fakeModule();
  pageModule.becomeReady(module);
  assert.deepEqual(module.calls.at(-2), ["seed", signed[0].runtimeId, whole]);
  const again = player();
  await core.loadSegment(signed[0].runtimeId, again.callbacks);
  assert.deepEqual(module.calls.at(-1).slice(2), [signed[0].runtimeId]);
});

/** A page whose module runs while the origin has not answered for its first segment. */
async function slowOrigin(t) {
  const { Core, pageModule } = await newPage();
  const time = mockTime(t);
  let answer;
  const requests = fakeOrigin((request) => new Promise((resolve, reject) => {
    answer = () => resolve(ok());
    request.signal.addEventListener("abort", () => reject(request.signal.reason));
  }));
  const core = new Core();
  const [segment] = register(core);
  const asked = player();
  await core.loadSegment(segment.runtimeId, asked.callbacks);
  await settle();
  const module = fakeModule();
  pageModule.becomeReady(module);
  time.tick(2999);
  assert.ok(!module.methods().includes("load"));
  time.tick(1);
  const number = module.calls.at(-1)[1];
  assert.deepEqual(module.calls.at(-1), ["load", number, segment.runtimeId]);
  return { core, pageModule, segment, module, number, requests, asked, time, answer: () => answer() };
}

test("what a slow origin has not answered is asked of the module too, until it answers", async (t) => {
  const { segment, module, number, asked, answer } = await slowOrigin(t);
  module.onCall = (method) => method === "abort" && module.host.reject(number, "aborted");
  answer();
  await asked.answered;
  assert.deepEqual(new Uint8Array(asked.heard[0].success.data), whole);
  assert.deepEqual(module.calls.slice(-3), [
    ["abort", segment.runtimeId], ["seed", segment.runtimeId, whole], ["learn", "main", 1.5],
  ]);
  assert.equal(asked.heard.length, 1);
});

test("or until the module has it", async (t) => {
  const { module, number, requests, asked } = await slowOrigin(t);
  module.host.resolve(number, 1000, whole);
  assert.deepEqual(new Uint8Array(asked.heard[0].success.data), whole);
  assert.ok(requests[0].signal.aborted);
  await settle();
  assert.equal(asked.heard.length, 1);
});

test("the module's failure is not the player's while the origin may answer", async (t) => {
  const { module, number, asked, answer } = await slowOrigin(t);
  module.host.reject(number, "failed");
  await settle();
  assert.equal(asked.heard.length, 0);
  answer();
  await asked.answered;
  assert.ok(asked.heard[0].success);
});

test("a player that takes it back does so from both", async (t) => {
  const { core, segment, module, requests, asked } = await slowOrigin(t);
  core.abortSegmentLoading(segment.runtimeId);
  assert.equal(asked.heard[0].error.type, "aborted");
  assert.ok(requests[0].signal.aborted);
  assert.deepEqual(module.calls.at(-1), ["abort", segment.runtimeId]);
});

test("the module goes on alone where the origin never answers, or fails", async (t) => {
  const { module, number, requests, asked, time } = await slowOrigin(t);
  time.tick(7000);
  await settle();
  time.tick(1000);
  await settle();
  assert.equal(requests.length, 1);
  assert.equal(module.methods().filter((method) => method === "load").length, 1);
  module.host.reject(number, "failed");
  assert.equal(asked.heard[0].error.type, "failed");
});

test("a module that dies leaves it to the origin", async (t) => {
  t.mock.method(console, "warn", () => undefined);
  const { pageModule, requests, asked, answer } = await slowOrigin(t);
  pageModule.die("for the test");
  assert.equal(requests.length, 1);
  answer();
  await asked.answered;
  assert.ok(asked.heard[0].success);
});

test("what failed early is tried anew by the module", async (t) => {
  const { Core, pageModule } = await newPage();
  const time = mockTime(t);
  const requests = fakeOrigin(() => new Response(null, { status: 503 }));
  const core = new Core();
  const [segment] = register(core);
  await core.loadSegment(segment.runtimeId, player().callbacks);
  await settle();
  const module = fakeModule();
  pageModule.becomeReady(module);
  assert.ok(!module.methods().includes("load"));
  time.tick(250);
  assert.equal(module.calls.at(-1)[0], "load");
  assert.equal(requests.length, 1);
});

test("an early download on its way is finished, delivered and handed over", async () => {
  const { Core, pageModule } = await newPage();
  let answer;
  fakeOrigin(() => new Promise((resolve) => (answer = () => resolve(ok()))));
  const core = new Core();
  const [segment] = register(core);
  const { callbacks, answered } = player();
  await core.loadSegment(segment.runtimeId, callbacks);
  await settle();
  const module = fakeModule();
  pageModule.becomeReady(module);
  assert.ok(!module.methods().includes("load"));
  answer();
  await answered;
  assert.deepEqual(module.calls.at(-2), ["seed", segment.runtimeId, whole]);
});

test("a request that waits before the origin is asked goes to the module", async () => {
  const { Core, pageModule } = await newPage();
  const requests = fakeOrigin(ok);
  const core = new Core({ httpDownloadInitialTimeoutMs: 60_000 });
  const [segment] = register(core);
  await core.loadSegment(segment.runtimeId, player().callbacks);
  const module = fakeModule();
  pageModule.becomeReady(module);
  assert.equal(module.calls.at(-1)[0], "load");
  assert.equal(requests.length, 0);
  core.destroy();
});

for (const [how, kill] of Object.entries({
  "ends": ({ pageModule }) => pageModule.die("it has ended"),
  "throws when it is told something": ({ module, core }) => {
    module.onCall = () => { throw new Error("Go program has already exited"); };
    core.updatePlayback(1, 1);
  },
  "throws when it is handed bytes": async ({ module }) => {
    const broken = () => { throw new Error("Go program has already exited"); };
    module.host.fetch(
      { url: "https://origin.test/a0.ts", streamType: "main", byteRange: null, from: 0, total: null },
      { headers: () => undefined, chunk: broken, done: broken, failed: broken },
    );
  },
})) {
  test(`the player gets its segment when the module ${how}`, async (t) => {
    const warned = t.mock.method(console, "warn", () => undefined);
    const { Core, pageModule } = await newPage();
    fakeOrigin(ok);
    const core = new Core();
    const module = fakeModule();
    pageModule.becomeReady(module);
    const [segment] = register(core);
    const { callbacks, answered, heard } = player();
    await core.loadSegment(segment.runtimeId, callbacks);
    await settle();
    const events = recordEvents(core);
    module.host.emit("onPeerConnect", { peerId: "p", streamType: "main" });
    const number = module.calls.at(-1)[1];
    await kill({ pageModule, module, core });
    await answered;
    assert.deepEqual(new Uint8Array(heard[0].success.data), whole);
    assert.ok(events.some(([name]) => name === "onPeerClose"), "its peers are gone");
    assert.ok(!core.isSegmentLoadable(segment.runtimeId));
    module.host.resolve(number, 1, whole);
    assert.equal(heard.length, 1);
    assert.equal(warned.mock.callCount(), 1);
    core.destroy();
  });
}

test("no warning outlasts the stream that it was about", async () => {
  const { Core, pageModule } = await newPage();
  const core = new Core();
  const module = fakeModule();
  pageModule.becomeReady(module);
  fakeOrigin(ok);
  const [segment] = register(core);
  await core.loadSegment(segment.runtimeId, player().callbacks);
  const over = [];
  core.addEventListener("onWarningOver", (details) => over.push(details));
  const warn = (streamType, code) => module.host.emit("onWarning", { streamType, warning: { message: "amiss", code } });
  warn("main", "digests-missing");
  warn("secondary", "digests-missing");
  module.host.emit("onWarningOver", { streamType: "main", code: "digests-missing" });
  warn("main", "stun-failed");
  over.length = 0;
  core.destroy();
  assert.deepEqual(over, [{ streamType: "secondary", code: "digests-missing" }, { streamType: "main", code: "stun-failed" }]);
});

test("what has time waits for the module, and what is urgent does not", async (t) => {
  withWebRTC(t);
  const { Core, pageModule } = await newPage();
  const asked = fakeOrigin(ok);
  const core = new Core();
  const segments = register(core, { segments: 8 });
  const [first, urgent, , relaxed] = segments;
  const load = async (segment) => {
    const { callbacks } = player();
    await core.loadSegment(segment.runtimeId, callbacks);
    await settle();
    return callbacks;
  };
  await load(first);
  core.updatePlayback(1, 1);
  await load(urgent);
  assert.deepEqual(asked.map(({ url }) => url), [first.url, urgent.url]);
  await load(relaxed);
  assert.equal(asked.length, 2);
  const module = fakeModule();
  pageModule.becomeReady(module);
  await settle();
  assert.equal(asked.length, 2);
  assert.deepEqual(module.calls.filter(([method]) => method === "load").map(([, , id]) => id), [relaxed.runtimeId]);
});

test("without WebRTC nothing waits for peers", async () => {
  const { Core } = await newPage();
  const asked = fakeOrigin(ok);
  const core = new Core();
  const [first, , , relaxed] = register(core, { segments: 8 });
  for (const { runtimeId } of [first, relaxed]) {
    await core.loadSegment(runtimeId, player().callbacks);
    await settle();
  }
  assert.equal(asked.length, 2);
});

test("without a module nothing waits", async (t) => {
  withWebRTC(t);
  const { Core, pageModule } = await newPage();
  const asked = fakeOrigin(ok);
  t.mock.method(console, "warn", () => undefined);
  const core = new Core();
  const [first, , , relaxed] = register(core, { segments: 8 });
  await core.loadSegment(first.runtimeId, player().callbacks);
  await settle();
  await core.loadSegment(relaxed.runtimeId, player().callbacks);
  await settle();
  assert.equal(asked.length, 1);
  pageModule.die("for the test");
  await settle();
  assert.equal(asked.length, 2);
});

test("where the module takes no settings nothing waits for it", async (t) => {
  withWebRTC(t);
  const { Core, pageModule } = await newPage();
  const asked = fakeOrigin(ok);
  pageModule.becomeReady({ open: () => null, forgetPeerIds: () => undefined });
  const core = new Core();
  const [first, , , relaxed] = register(core, { segments: 8 });
  for (const { runtimeId } of [first, relaxed]) {
    await core.loadSegment(runtimeId, player().callbacks);
    await settle();
  }
  assert.equal(asked.length, 2);
});

test("the module starts when the playhead moves, not when it is set", async (t) => {
  const { Core, pageModule } = await newPage();
  fakeOrigin(ok);
  const start = t.mock.method(pageModule, "start", () => undefined);
  const core = new Core();
  const [first] = register(core);
  await core.loadSegment(first.runtimeId, player().callbacks);
  await settle();
  core.updatePlayback(4, 1);
  core.updatePlayback(4, 1);
  assert.equal(start.mock.callCount(), 0);
  core.updatePlayback(4.25, 1);
  assert.equal(start.mock.callCount(), 1);
});

test("from the beginning it moves without being set", async (t) => {
  const { Core, pageModule } = await newPage();
  fakeOrigin(ok);
  const start = t.mock.method(pageModule, "start", () => undefined);
  const core = new Core();
  const [first] = register(core);
  await core.loadSegment(first.runtimeId, player().callbacks);
  core.updatePlayback(0, 1);
  assert.equal(start.mock.callCount(), 0);
  core.destroy();
  const [again] = register(core);
  await core.loadSegment(again.runtimeId, player().callbacks);
  core.updatePlayback(0.25, 1);
  assert.equal(start.mock.callCount(), 1);
});

test("a segment that has left the playlist is asked of the origin: the module has never heard of it", async () => {
  const { Core, pageModule } = await newPage();
  const asked = fakeOrigin(ok);
  const core = new Core({ httpDownloadInitialTimeoutMs: 60_000 });
  const [first, next] = register(core);
  const waiting = player();
  await core.loadSegment(first.runtimeId, waiting.callbacks);
  core.updateStream("https://origin.test/a.m3u8", [], [first.runtimeId]);
  core.applyDynamicConfig({ httpDownloadInitialTimeoutMs: 0 });
  const module = fakeModule();
  pageModule.becomeReady(module);
  await waiting.answered;
  assert.deepEqual(new Uint8Array(waiting.heard[0].success.data), whole);
  assert.deepEqual(asked.map(({ url }) => url), [first.url]);
  assert.ok(!module.methods().includes("load") && !module.methods().includes("seed"));
  await core.loadSegment(next.runtimeId, player().callbacks);
  await settle();
  assert.equal(module.calls.at(-1)[0], "load");
  core.destroy();
});

for (const [why, end] of Object.entries({
  "dies": (pageModule) => pageModule.die("for the test"),
  "takes no settings": (pageModule) => pageModule.becomeReady({ open: () => null, forgetPeerIds: () => undefined }),
})) {
  test(`nothing is kept for a module that ${why}, and nothing waits for it`, async (t) => {
    withWebRTC(t);
    t.mock.method(console, "warn", () => undefined);
    const { Core, pageModule } = await newPage();
    const asked = fakeOrigin(ok);
    const core = new Core();
    const [first, second, , relaxed] = register(core, { segments: 8 });
    const load = async ({ runtimeId }) => {
      await core.loadSegment(runtimeId, player().callbacks);
      await settle();
    };
    await load(first);
    await load(relaxed);
    assert.equal(asked.length, 1);
    end(pageModule);
    await settle();
    assert.equal(asked.length, 2);
    await load(first);
    await load(second);
    await load(second);
    assert.equal(asked.length, 5);
  });
}

test("an empty segment from the module is fetched from the origin", async () => {
  const { Core, pageModule } = await newPage();
  fakeOrigin(ok);
  const core = new Core();
  const module = fakeModule();
  pageModule.becomeReady(module);
  const [segment] = register(core);
  const { callbacks, answered, heard } = player();
  await core.loadSegment(segment.runtimeId, callbacks);
  await settle();
  module.host.resolve(module.calls.at(-1)[1], 1000);
  await answered;
  assert.equal(heard[0].success.data.byteLength, 1000);
});

test("after destroy the module is not heard, and the Core can be used again", async () => {
  const { Core, pageModule } = await newPage();
  fakeOrigin(ok);
  const core = new Core({ swarmId: "kept" });
  const module = fakeModule();
  pageModule.becomeReady(module);
  const [segment] = register(core);
  const events = recordEvents(core);
  const former = player();
  await core.loadSegment(segment.runtimeId, former.callbacks);
  await settle();
  const { host } = module;
  const number = module.calls.at(-1)[1];
  core.destroy();
  assert.equal(former.heard[0].error.type, "aborted");
  assert.deepEqual(module.methods().slice(-3), ["abort", "close", "forgetPeerIds"]);
  assert.equal(core.getStream("https://origin.test/a.m3u8"), undefined);
  assert.ok(!core.isSegmentLoadable(segment.runtimeId));

  register(core);
  const next = player();
  await core.loadSegment(segment.runtimeId, next.callbacks);
  await settle();
  assert.equal(core.getConfig().mainStream.swarmId, "kept");
  host.resolve(number, 1, whole);
  host.emit("onTrackerError", { streamType: "main", error: { message: "late" } });
  assert.deepEqual([former.heard.length, next.heard.length, events.length], [1, 0, 0]);
  assert.notEqual(module.host, host);
  module.host.resolve(module.calls.at(-1)[1], 8000, whole);
  assert.equal(next.heard[0].success.bandwidth, 8000);
});

test("events of the module reach the listeners as npm's Core sends them", async () => {
  const { Core, RequestError, pageModule } = await newPage();
  fakeOrigin(ok);
  const core = new Core();
  const module = fakeModule();
  pageModule.becomeReady(module);
  const [segment] = register(core);
  await core.loadSegment(segment.runtimeId, player().callbacks);
  const events = recordEvents(core);
  module.host.emit("onSegmentStart", { segment, downloadSource: "http", peerId: null });
  module.host.emit("onSegmentError", { error: { type: "peer-closed", message: "gone" }, peerId: "p" });
  module.host.emit("onTrackerWarning", { streamType: "main", warning: { message: "slow" } });
  module.host.emit("onChunkDownloaded", 5, "p2p", "p");
  assert.deepEqual(events[0], ["onSegmentStart", { segment, downloadSource: "http", peerId: undefined }]);
  assert.ok(events[1][1].error instanceof RequestError);
  assert.equal(events[1][1].error.type, "peer-closed");
  assert.ok(events[2][1].warning instanceof Error);
  assert.deepEqual(events[3], ["onChunkDownloaded", 5, "p2p", "p"]);
});

test("listeners that leave while an event is told do not make others miss it", async () => {
  const { Core, pageModule } = await newPage();
  fakeOrigin(ok);
  const core = new Core();
  const module = fakeModule();
  pageModule.becomeReady(module);
  const [segment] = register(core);
  await core.loadSegment(segment.runtimeId, player().callbacks);
  const heard = [];
  const once = () => { heard.push("once"); core.removeEventListener("onChunkUploaded", once); };
  core.addEventListener("onChunkUploaded", once);
  core.addEventListener("onChunkUploaded", () => heard.push("always"));
  module.host.emit("onChunkUploaded", 1, "p");
  module.host.emit("onChunkUploaded", 1, "p");
  assert.deepEqual(heard, ["once", "always", "always"]);
});

test("disabling P2P of a stream aborts its request and tells the module", async () => {
  const { Core, pageModule } = await newPage();
  fakeOrigin(ok);
  const core = new Core();
  const module = fakeModule();
  pageModule.becomeReady(module);
  const [segment] = register(core);
  const { callbacks, heard } = player();
  await core.loadSegment(segment.runtimeId, callbacks);
  await settle();
  core.applyDynamicConfig({ isP2PDisabled: true });
  assert.equal(heard[0].error.type, "aborted");
  const configure = module.calls.find(([method]) => method === "configure");
  assert.equal(configure[1].secondaryStream.isP2PDisabled, true);
});

test("the module is fetched from where a page says that it is, the first that says it", async () => {
  const { Core, pageModule } = await newPage();
  const asked = [];
  globalThis.fetch = (url) => {
    asked.push(url);
    return new Promise(() => undefined);
  };
  const core = new Core();
  core.applyDynamicConfig({ loaderWasmUrl: "/static/loader.wasm" });
  assert.equal(core.getConfig().loaderWasmUrl, "/static/loader.wasm");
  void pageModule.start();
  assert.deepEqual(asked, [], "a Core that has no manifest needs no module");
  core.setManifestResponseUrl("https://origin.test/master.m3u8");
  new Core({ loaderWasmUrl: "/other.wasm" }).setManifestResponseUrl("https://origin.test/other.m3u8");
  void pageModule.start();
  assert.deepEqual(asked, ["/static/loader.wasm"]);
});
