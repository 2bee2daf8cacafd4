import assert from "node:assert/strict";
import test from "node:test";
import { OWN_OPTIONS } from "../conformance/in-page/own-options.js";
import { load, loadRealCore } from "./bundle.mjs";
import { body, fakeModule, fakeOrigin, player, register, segmentBytes } from "./fakes.mjs";

const whole = segmentBytes(1000);
const ok = () => new Response(body(whole.slice()), { headers: { "Content-Length": "1000" } });
const name = "https://origin.test/master.m3u8";
const stream = `v2-${name}-main-i`;

function newPage() {
  return load('export { Core } from "./src/index.ts"; export { pageModule } from "./src/module.ts"');
}

async function settle() {
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
}

/** What a page's code throws is reported, and ends nothing. */
function reports(t) {
  const heard = [];
  globalThis.reportError = (error) => heard.push(error.message);
  t.after(() => delete globalThis.reportError);
  return heard;
}

/**
 * A storage that writes down its calls in `calls`, and keeps segments in `kept`.
 * `instead` has functions that stand in for its methods.
 */
function pageStorage(instead = {}) {
  const calls = [];
  const kept = new Map();
  const methods = {
    initialize: async () => undefined,
    onPlaybackUpdated: () => undefined,
    onSegmentRequested: () => undefined,
    storeSegment: async (_, streamId, id, data) => {
      kept.set(`${streamId}|${id}`, data);
      made.changed?.(streamId);
    },
    getSegmentData: async (_, streamId, id) => kept.get(`${streamId}|${id}`)?.slice(),
    getUsage: () => ({ totalCapacity: 10, usedCapacity: 1 }),
    hasSegment: (_, streamId, id) => kept.has(`${streamId}|${id}`),
    getStoredSegmentIds: (_, streamId) =>
      [...kept.keys()].map((key) => key.split("|")).filter(([of]) => of === streamId).map(([, id]) => Number(id)),
    setSegmentChangeCallback: (callback) => (made.changed = callback),
    destroy: () => kept.clear(),
    ...instead,
  };
  const made = { calls, kept, changed: undefined };
  made.factory = (...args) => {
    calls.push(["factory", ...args]);
    return Object.fromEntries(
      Object.entries(methods).map(([method, run]) => [method, (...given) => {
        calls.push([method, ...given]);
        return run(...given);
      }]),
    );
  };
  made.of = (method) => calls.filter(([called]) => called === method);
  return made;
}

async function get(core, segment) {
  const { callbacks, answered, heard } = player();
  await core.loadSegment(segment.runtimeId, callbacks);
  await answered;
  return heard[0].success?.data ?? heard[0].error;
}

/** How often these are called is each core's own affair. */
const questions = new Set(["hasSegment", "getUsage", "getStoredSegmentIds"]);

test("a storage is called as npm's Core calls it", async () => {
  const run = async (Core) => {
    fakeOrigin(ok);
    const storage = pageStorage();
    const given = {
      customSegmentStorageFactory: storage.factory, segmentMemoryStorageLimit: 5, announceTrackers: [], highDemandTimeWindow: 7,
      secondaryStream: { swarmId: "audio" },
    };
    const core = new Core(given);
    core.setIsLive(true);
    core.updatePlayback(3, 1); // nobody is there to hear it
    const [segment] = register(core, { segments: 1 });
    const [audio] = register(core, { segments: 1, type: "secondary", name: "b" });
    const log = storage.calls;
    const step = (what) => log.push([`-- ${what}`]);
    step("from the origin");
    assert.deepEqual(new Uint8Array(await get(core, segment)), whole);
    log.push(["the player has it"]);
    await settle();
    step("playback");
    for (const [position, rate] of [[0, 1], [0.5, 1], [0.5, 1], [0.5, 2], [0.5, 0], [0.5, 0], [1, 1]]) {
      core.updatePlayback(position, rate);
    }
    step("audio");
    await get(core, audio);
    await settle();
    core.updatePlayback(1.5, 1);
    step("from the storage");
    assert.deepEqual(new Uint8Array(await get(core, segment)), whole);
    await settle();
    const { changed } = storage;
    assert.equal(typeof changed, "function");
    changed(stream);
    step("destroy");
    core.destroy();
    core.updatePlayback(2, 1);
    step("anew");
    core.setIsLive(false);
    register(core, { segments: 1 });
    await get(core, segment);
    await settle();
    core.destroy();

    // What is asked between is for each core to decide, but for this.
    const first = (method) => log.findIndex(([called]) => called === method);
    assert.ok(first("onSegmentRequested") < first("hasSegment"));
    assert.deepEqual(log[first("hasSegment")].slice(1), [name, stream, 100]);
    return log.filter(([called]) => !questions.has(called)).map(([called, ...args]) =>
      called === "storeSegment" ? [called, ...args.slice(0, 3), new Uint8Array(args[3]), ...args.slice(4)] : [called, ...args]);
  };
  const { Core } = await newPage();
  const { Core: RealCore } = await loadRealCore();
  const theirs = await run(RealCore);
  const ours = await run(Core);
  // npm's Core gives the storage and the player one and the same buffer.
  const plain = (log) => log.map(([called, ...args]) => [called, ...args.map(withoutFunctions)]);
  assert.deepEqual(plain(ours), plain(theirs));
});

/** An argument, of which a function is only that, and a configuration has what npm's Core has and is no function. */
function withoutFunctions(argument) {
  if (typeof argument === "function") return "a function";
  if (Object.getPrototypeOf(Object(argument)) !== Object.prototype) return argument;
  return Object.fromEntries(Object.entries(argument).filter(([key, value]) => typeof value !== "function" && !OWN_OPTIONS.includes(key)));
}

test("a storage sees settings change", async () => {
  const { Core } = await newPage();
  fakeOrigin(ok);
  const storage = pageStorage();
  const core = new Core({ customSegmentStorageFactory: storage.factory });
  const [segment] = register(core, { segments: 1 });
  await get(core, segment);
  const [, common, main, secondary] = storage.of("initialize")[0];
  core.applyDynamicConfig({ segmentMemoryStorageLimit: 9, secondaryStream: { highDemandTimeWindow: 3 } });
  assert.deepEqual([common.segmentMemoryStorageLimit, main.highDemandTimeWindow, secondary.highDemandTimeWindow], [9, 15, 3]);
  core.destroy();
});

test("player and storage each have a buffer of their own", async () => {
  const { Core } = await newPage();
  fakeOrigin(ok);
  let mine;
  const storage = pageStorage({
    storeSegment: async (_n, _s, _i, data) => { mine = structuredClone(data, { transfer: [data] }); },
    hasSegment: () => mine !== undefined,
    getSegmentData: async () => mine,
  });
  const core = new Core({ customSegmentStorageFactory: storage.factory });
  const [segment] = register(core, { segments: 1 });
  const first = await get(core, segment);
  await settle();
  assert.deepEqual(new Uint8Array(first), whole);
  structuredClone(first, { transfer: [first] });
  const second = await get(core, segment);
  assert.deepEqual(new Uint8Array(second), whole);
  structuredClone(second, { transfer: [second] }); // as hls.js's worker does
  assert.deepEqual(new Uint8Array(await get(core, segment)), whole);
  core.destroy();
});

test("a factory that is no function is an error, each time", async () => {
  const { Core } = await newPage();
  const { Core: RealCore } = await loadRealCore();
  fakeOrigin(ok);
  for (const Tried of [RealCore, Core]) {
    const core = new Tried({ customSegmentStorageFactory: { not: "a function" }, announceTrackers: [] });
    const [segment] = register(core, { segments: 1 });
    for (let i = 0; i < 2; i++) {
      await assert.rejects(core.loadSegment(segment.runtimeId, player().callbacks), { message: "Storage configuration is invalid" });
    }
  }
});

for (const [what, instead, message] of [
  ["that cannot be made", () => ({ factory: () => { throw new Error("not here"); } }), "not here"],
  ["that is nothing", () => ({ factory: () => undefined }), /undefined/],
  ["that cannot be initialized", () => pageStorage({ initialize: async () => { throw new Error("no database"); } }), "no database"],
  ["that throws at once", () => pageStorage({ initialize: () => { throw new Error("no database"); } }), "no database"],
]) {
  test(`a storage ${what} is reported, and segments are kept in memory`, async (t) => {
    const heard = reports(t);
    const { Core, pageModule } = await newPage();
    fakeOrigin(ok);
    const storage = instead();
    const core = new Core({ customSegmentStorageFactory: storage.factory });
    const [one, two] = register(core, { segments: 2 });
    assert.deepEqual(new Uint8Array(await get(core, one)), whole);
    assert.deepEqual(new Uint8Array(await get(core, two)), whole);
    assert.equal(heard.length, 1);
    assert.match(heard[0], new RegExp(message));
    const module = fakeModule();
    pageModule.becomeReady(module);
    assert.equal(module.host.storage, null);
    assert.deepEqual(module.methods().slice(-3), ["seed", "seed", "learn"]);
    core.destroy();
    assert.deepEqual(storage.of?.("destroy") ?? [], []);
  });
}

test("a storage that is not ready in time is done without, and destroyed when it is", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const heard = reports(t);
  const { Core } = await newPage();
  const requests = fakeOrigin(ok);
  let ready;
  const storage = pageStorage({ initialize: () => new Promise((resolve) => (ready = resolve)) });
  const core = new Core({ customSegmentStorageFactory: storage.factory });
  const [segment] = register(core, { segments: 1 });
  const { callbacks, answered } = player();
  const returned = core.loadSegment(segment.runtimeId, callbacks);
  await settle();
  assert.equal(requests.length, 0);
  t.mock.timers.tick(5000);
  await Promise.all([returned, answered]);
  assert.equal(heard.length, 1);
  assert.equal(storage.of("destroy").length, 0);
  ready();
  await settle();
  assert.equal(storage.of("destroy").length, 1);
  core.destroy();
  assert.equal(storage.of("destroy").length, 1);
});

test("destroy while the storage gets ready", async () => {
  const { Core, pageModule } = await newPage();
  const requests = fakeOrigin(ok);
  let ready;
  const storage = pageStorage({ initialize: () => new Promise((resolve) => (ready = resolve)) });
  const core = new Core({ customSegmentStorageFactory: storage.factory });
  const [segment] = register(core, { segments: 1 });
  const { callbacks, heard } = player();
  const returned = core.loadSegment(segment.runtimeId, callbacks);
  await settle();
  core.destroy();
  assert.equal(heard[0].error.type, "aborted");
  const module = fakeModule();
  pageModule.becomeReady(module);
  ready();
  await returned;
  await settle();
  assert.deepEqual(storage.calls.map(([method]) => method), ["factory", "initialize", "destroy"]);
  assert.deepEqual([requests.length, module.calls.length], [0, 0]);
});

test("one storage serves all that is asked for while it gets ready", async () => {
  const { Core } = await newPage();
  fakeOrigin(ok);
  let ready;
  const storage = pageStorage({ initialize: () => new Promise((resolve) => (ready = resolve)) });
  const core = new Core({ customSegmentStorageFactory: storage.factory });
  const [one, two] = register(core);
  const [audio] = register(core, { type: "secondary", name: "b" });
  const [first, second, third] = [player(), player(), player()];
  core.loadSegment(one.runtimeId, first.callbacks);
  core.loadSegment(audio.runtimeId, third.callbacks);
  core.loadSegment(two.runtimeId, second.callbacks);
  await settle();
  assert.equal(first.heard[0].error.type, "aborted");
  assert.equal(storage.calls.length, 2);
  ready();
  await Promise.all([second.answered, third.answered]);
  assert.deepEqual(storage.of("onSegmentRequested").map(([, , streamId, id]) => [streamId, id]), [
    [stream, 101], [`v2-${name}-secondary-i`, 100],
  ]);
  assert.equal(storage.of("factory").length, 1);
  core.destroy();
});

test("a view of a buffer is taken for its bytes", async () => {
  const { Core } = await newPage();
  const requests = fakeOrigin(ok);
  const storage = pageStorage({ hasSegment: () => true, getSegmentData: async () => whole.subarray(10, 20) });
  const core = new Core({ customSegmentStorageFactory: storage.factory });
  const [segment] = register(core, { segments: 1 });
  assert.deepEqual(new Uint8Array(await get(core, segment)), whole.slice(10, 20));
  assert.equal(requests.length, 0);
  core.destroy();
});

for (const [what, instead] of Object.entries({
  "gives nothing": { getSegmentData: async () => undefined },
  "gives null": { getSegmentData: async () => null },
  "gives an empty buffer": { getSegmentData: async () => new ArrayBuffer(0) },
  "gives an empty view": { getSegmentData: async () => new Uint8Array(0) },
  "gives something else": { getSegmentData: async () => 5 },
  "rejects": { getSegmentData: async () => { throw new Error("gone"); } },
  "throws": { getSegmentData: () => { throw new Error("gone"); } },
  "gives an emptied buffer": {
    getSegmentData: async () => { const data = new ArrayBuffer(8); structuredClone(data, { transfer: [data] }); return data; },
  },
})) {
  test(`a storage that has a segment and ${what}`, async (t) => {
    reports(t);
    const { Core } = await newPage();
    const requests = fakeOrigin(ok);
    const storage = pageStorage({ hasSegment: () => true, ...instead });
    const core = new Core({ customSegmentStorageFactory: storage.factory });
    const [segment] = register(core, { segments: 1 });
    for (let i = 1; i <= 2; i++) {
      assert.deepEqual(new Uint8Array(await get(core, segment)), whole);
      assert.equal(requests.length, i);
      await settle();
    }
    core.destroy();
  });
}

test("a storage that never answers", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const heard = reports(t);
  const { Core } = await newPage();
  const requests = fakeOrigin(ok);
  const never = () => new Promise(() => undefined);
  const storage = pageStorage({ storeSegment: never, getSegmentData: never });
  const core = new Core({ customSegmentStorageFactory: storage.factory });
  const [segment] = register(core, { segments: 1 });
  await get(core, segment);
  await settle();
  await get(core, segment);
  assert.equal(requests.length, 1, "it is served from the bytes in hand while it is stored");
  t.mock.timers.tick(30_000);
  await settle();
  assert.equal(heard.length, 1);
  storage.kept.set(`${stream}|100`, new ArrayBuffer(8));
  const { callbacks, answered, heard: played } = player();
  await core.loadSegment(segment.runtimeId, callbacks);
  await settle();
  assert.equal(played.length, 0);
  t.mock.timers.tick(2000);
  await answered;
  assert.deepEqual(new Uint8Array(played[0].success.data), whole);
  core.destroy();
});

test("whatever throws, the player gets its segments, and each method is reported once", async (t) => {
  const heard = reports(t);
  const { Core, pageModule } = await newPage();
  fakeOrigin(ok);
  const methods = [
    "onPlaybackUpdated", "onSegmentRequested", "storeSegment", "getSegmentData", "getUsage", "hasSegment",
    "getStoredSegmentIds", "setSegmentChangeCallback", "destroy",
  ];
  const storage = pageStorage(Object.fromEntries(methods.map((method) => [method, () => { throw new Error(method); }])));
  const core = new Core({ customSegmentStorageFactory: storage.factory });
  const segments = register(core);
  for (const segment of segments) {
    assert.deepEqual(new Uint8Array(await get(core, segment)), whole);
    core.updatePlayback(segment.startTime + 1, 1);
    await settle();
  }
  const module = fakeModule();
  pageModule.becomeReady(module);
  const offered = module.host.storage;
  assert.equal(offered.has(name, stream, 100), false);
  assert.deepEqual(offered.ids(name, stream), []);
  assert.equal(offered.free(), 1);
  const answers = await Promise.all([
    new Promise((done) => offered.read(name, stream, 100, done)),
    new Promise((done) => offered.store(name, stream, 100, whole, 0, 2, "main", false, done)),
  ]);
  assert.deepEqual(answers, [undefined, false]);
  core.destroy();
  await settle();
  assert.deepEqual(heard.toSorted(), methods.toSorted());
});

test("the module gets the page's storage, and learns what was served without it", async () => {
  const { Core, pageModule } = await newPage();
  const requests = fakeOrigin(ok);
  const storage = pageStorage();
  storage.kept.set(`${stream}|101`, whole.slice().buffer);
  const core = new Core({ customSegmentStorageFactory: storage.factory });
  const [one, two, three] = register(core);
  await get(core, one);
  await get(core, two);
  assert.equal(requests.length, 1, "the storage had the second");

  const module = fakeModule();
  pageModule.becomeReady(module);
  const told = module.calls.filter(([method]) => method === "seed" || method === "served");
  assert.deepEqual(told, [["served", two.runtimeId]], "what plays");
  storage.changed(stream);
  assert.deepEqual(module.calls.at(-1), ["storageChanged", stream]);

  storage.calls.length = 0;
  const { callbacks, heard } = player();
  await core.loadSegment(three.runtimeId, callbacks);
  await settle();
  const [method, number, id] = module.calls.at(-1);
  assert.deepEqual([method, id], ["load", three.runtimeId]);
  assert.deepEqual(storage.calls, [["onSegmentRequested", name, stream, 102, 4, 6, "main", false]]);

  const offered = module.host.storage;
  const mine = whole.slice();
  const stored = new Promise((done) => offered.store(name, stream, 102, mine, 4, 6, "main", true, done));
  assert.equal(await stored, true);
  assert.deepEqual(storage.of("storeSegment")[0].slice(4), [mine.buffer, 4, 6, "main", true]);
  assert.notEqual(storage.of("storeSegment")[0][4], mine.buffer);
  assert.equal(offered.has(name, stream, 102), true);
  assert.deepEqual(offered.ids(name, stream).toSorted(), [100, 101, 102]);
  assert.equal(offered.free(), 0.9);
  const read = await new Promise((done) => offered.read(name, stream, 102, done));
  assert.deepEqual(read, whole);
  module.host.resolve(number, 1000, whole);
  assert.equal(heard.length, 1);

  core.destroy();
  storage.changed(stream);
  assert.equal(module.calls.at(-1)[0], "forgetPeerIds");
  assert.equal(offered.has(name, stream, 102), false);
});

test("without the module, JavaScript goes on with the page's storage", async (t) => {
  t.mock.method(console, "warn", () => undefined);
  const { Core, pageModule } = await newPage();
  const requests = fakeOrigin(ok);
  const storage = pageStorage();
  storage.kept.set(`${stream}|100`, whole.slice().buffer);
  const core = new Core({ customSegmentStorageFactory: storage.factory });
  pageModule.becomeReady(fakeModule());
  const [one, two] = register(core);
  const { callbacks, answered, heard } = player();
  await core.loadSegment(one.runtimeId, callbacks);
  await settle();
  pageModule.die("for the test");
  await answered;
  assert.deepEqual(new Uint8Array(heard[0].success.data), whole);
  assert.equal(requests.length, 0);
  await get(core, two);
  await settle();
  assert.ok(storage.kept.has(`${stream}|101`));
  assert.equal(storage.of("onSegmentRequested").length, 2);
  core.destroy();
});

test("announced ids are such as peers can read, and usage is a share", async () => {
  const { Core, pageModule } = await newPage();
  fakeOrigin(ok);
  let usage;
  const storage = pageStorage({
    getStoredSegmentIds: () => new Set([3, -1, 1.5, NaN, "7", 2 ** 60, 0]),
    getUsage: () => usage,
  });
  const core = new Core({ customSegmentStorageFactory: storage.factory });
  const [segment] = register(core, { segments: 1 });
  await get(core, segment);
  await settle();
  const module = fakeModule();
  pageModule.becomeReady(module);
  assert.deepEqual(module.host.storage.ids(name, stream), [3, 0]);
  const free = (totalCapacity, usedCapacity) => {
    usage = { totalCapacity, usedCapacity };
    return module.host.storage.free();
  };
  assert.deepEqual([free(4, 1), free(4, 9), free(0, 0), free(undefined, 1), free(Infinity, 5)], [0.75, 0, 1, 1, 1]);
  core.destroy();
});

test("what fails after destroy is reported to nobody", async (t) => {
  const heard = reports(t);
  const { Core } = await newPage();
  fakeOrigin(ok);
  const rejects = [];
  const later = () => new Promise((_, reject) => rejects.push(() => reject(new Error("closed"))));
  for (const [settings, requests] of [[{ storeSegment: later }, 1], [{ hasSegment: () => true, getSegmentData: later }, 0], [{ initialize: later }, 0]]) {
    const asked = fakeOrigin(ok);
    const core = new Core({ customSegmentStorageFactory: pageStorage(settings).factory });
    const [segment] = register(core, { segments: 1 });
    const returned = core.loadSegment(segment.runtimeId, player().callbacks);
    await settle();
    assert.deepEqual([asked.length, rejects.length], [requests, 1]);
    core.destroy();
    rejects.pop()();
    await returned;
    await settle();
    assert.deepEqual(heard, []);
  }
});

test("what is on its way into the storage counts as stored, and peers hear when it is", async (t) => {
  reports(t);
  const { Core, pageModule } = await newPage();
  fakeOrigin(ok);
  const answers = [];
  const storage = pageStorage({
    storeSegment: (_, streamId, id, data) => new Promise((resolve, reject) => answers.push({
      stored: () => (storage.kept.set(`${streamId}|${id}`, data), resolve()),
      refused: () => reject(new Error("full")),
    })),
  });
  const core = new Core({ customSegmentStorageFactory: storage.factory });
  const [one, two] = register(core);
  await get(core, one);
  await get(core, two);
  const module = fakeModule();
  pageModule.becomeReady(module);
  await settle();
  const offered = module.host.storage;
  const holds = () => [100, 101].map((id) => [offered.has(name, stream, id), offered.ids(name, stream).includes(id)]);
  const told = () => module.calls.filter(([method]) => method === "storageChanged").length;
  assert.deepEqual(holds(), [[true, true], [true, true]]);
  assert.deepEqual(offered.ids(name, "another stream"), []);
  assert.equal(told(), 0);
  answers[0].stored();
  await settle();
  assert.deepEqual(holds(), [[true, true], [true, true]]);
  assert.deepEqual(module.calls.at(-1), ["storageChanged", stream]);
  answers[1].refused();
  await settle();
  assert.deepEqual(holds(), [[true, true], [false, false]]);
  assert.equal(told(), 2);
  core.destroy();
});

test("a stream keeps its names until destroy, whatever becomes of the settings", async () => {
  const { Core, pageModule } = await newPage();
  fakeOrigin(ok);
  const storage = pageStorage();
  const core = new Core({ customSegmentStorageFactory: storage.factory, swarmId: "one" });
  const [one, two] = register(core);
  await get(core, one);
  core.applyDynamicConfig({ swarmId: "two", httpErrorRetries: 9 });
  await get(core, two);
  const module = fakeModule();
  pageModule.becomeReady(module);
  core.applyDynamicConfig({ swarmId: "three" });
  const told = module.calls.filter(([method]) => method === "open" || method === "configure").map(([, settings]) => settings);
  assert.deepEqual(told.map(({ mainStream }) => [mainStream.swarmId, mainStream.httpErrorRetries]), [["one", 9], ["one", 9]]);
  const named = () => new Set(storage.of("onSegmentRequested").map(([, swarm, of]) => `${swarm} ${of}`));
  assert.deepEqual([...named()], ["one v2-one-main-i"]);
  assert.equal(core.getConfig().mainStream.swarmId, "three");
  core.destroy();
  storage.calls.length = 0;
  register(core);
  await core.loadSegment(one.runtimeId, player().callbacks);
  assert.deepEqual([...named()], ["three v2-three-main-i"]);
  core.destroy();
});
