import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./bundle.mjs";
import { body, fakeOrigin, player, recordEvents, register, segmentBytes } from "./fakes.mjs";

// The module never comes here: fetch of it stays open.
const { Core } = await load('export { Core } from "./src/core.ts"');
const whole = segmentBytes(1000);
const ok = () => new Response(body(whole.slice(0, 600), whole.slice(600)), { headers: { "Content-Length": "1000" } });
const names = (events) => events.map(([name]) => name);

/** Lets what was begun go on until nothing is left to do at once. */
async function settle() {
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
}

test("a segment comes over HTTP, with the events of a download", async () => {
  fakeOrigin(ok);
  const core = new Core();
  const [segment] = register(core);
  const events = recordEvents(core);
  const { callbacks, heard, answered } = player();
  await core.loadSegment(segment.runtimeId, callbacks);
  await answered;

  const { data, bandwidth } = heard[0].success;
  assert.ok(data instanceof ArrayBuffer);
  assert.deepEqual(new Uint8Array(data), whole);
  assert.ok(bandwidth >= 1);
  assert.deepEqual(events, [
    ["onSegmentStart", { segment, downloadSource: "http", peerId: undefined }],
    ["onChunkDownloaded", 600, "http"],
    ["onChunkDownloaded", 400, "http"],
    ["onSegmentLoaded", {
      segmentUrl: segment.url, bytesLength: 1000, downloadSource: "http", peerId: undefined, streamType: "main",
    }],
  ]);
  core.destroy();
});

for (const value of [0, -1, NaN, null, "x", Infinity]) {
  test(`settings with which nothing would work keep nothing from coming (setting-senseless): ${value}`, async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const requests = fakeOrigin(async (request, count) => {
      if (count === 1) throw new TypeError("network error");
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return ok();
    });
    const core = new Core({ httpNotReceivingBytesTimeoutMs: value, httpErrorRetries: value });
    const [segment] = register(core);
    const { callbacks, heard, answered } = player();
    await core.loadSegment(segment.runtimeId, callbacks);
    await settle();
    t.mock.timers.tick(200); // the pause after the failure
    await settle();
    t.mock.timers.tick(1000);
    await answered;
    assert.deepEqual(new Uint8Array(heard[0].success?.data), whole);
    assert.equal(requests.length, 2);
    core.destroy();
  });
}

test("a connection that breaks is resumed where it broke", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const requests = fakeOrigin((request, count) =>
    count === 1
      ? new Response(body(whole.slice(0, 600), new TypeError("network error")), { headers: { "Content-Length": "1000" } })
      : new Response(body(whole.slice(600)), { status: 206, headers: { "Content-Range": "bytes 600-999/1000" } }));
  const core = new Core();
  const [segment] = register(core);
  const events = recordEvents(core);
  const { callbacks, heard, answered } = player();
  await core.loadSegment(segment.runtimeId, callbacks);
  await settle();
  assert.deepEqual(names(events), ["onSegmentStart", "onChunkDownloaded", "onSegmentError"]);
  assert.equal(events[2][1].error.type, "http-error");
  t.mock.timers.tick(200);
  await answered;
  assert.deepEqual(new Uint8Array(heard[0].success.data), whole);
  assert.equal(requests[1].headers.get("Range"), "bytes=600-");
  core.destroy();
});

test("after httpErrorRetries failures the player is told", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const requests = fakeOrigin(() => new Response(null, { status: 503 }));
  const core = new Core({ httpErrorRetries: 2 });
  const [segment] = register(core);
  const { callbacks, heard } = player();
  await core.loadSegment(segment.runtimeId, callbacks);
  await settle();
  assert.equal(heard.length, 0);
  t.mock.timers.tick(200);
  await settle();
  assert.equal(requests.length, 2);
  assert.equal(heard[0].error.type, "failed");
  core.destroy();
});

test("a download that stands still is given up and begun anew", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const requests = fakeOrigin((_, count) => (count === 1 ? new Promise(() => undefined) : ok()));
  const core = new Core({ httpNotReceivingBytesTimeoutMs: 1000 });
  const [segment] = register(core);
  const events = recordEvents(core);
  const { callbacks, heard, answered } = player();
  await core.loadSegment(segment.runtimeId, callbacks);
  await settle();
  t.mock.timers.tick(900);
  t.mock.timers.tick(99);
  assert.equal(events.at(-1)[0], "onSegmentStart");
  t.mock.timers.tick(1);
  assert.equal(events.at(-1)[0], "onSegmentError");
  assert.equal(events.at(-1)[1].error.type, "bytes-receiving-timeout");
  assert.ok(requests[0].signal.aborted);
  t.mock.timers.tick(200);
  await answered;
  assert.ok(heard[0].success);
  core.destroy();
});

for (const [how, first] of Object.entries({
  "says no": async () => false,
  "rejects": async () => { throw new Error("no"); },
  "throws": () => { throw new Error("no"); },
})) {
  test(`a segment whose validator ${how} is fetched again`, async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const requests = fakeOrigin(ok);
    const seen = [];
    const core = new Core({
      validateHTTPSegment: (...args) => {
        seen.push(args);
        return seen.length === 1 ? first() : Promise.resolve(true);
      },
    });
    const [segment] = register(core);
    const events = recordEvents(core);
    const { callbacks, answered } = player();
    await core.loadSegment(segment.runtimeId, callbacks);
    await settle();
    assert.equal(events.at(-1)[1].error.type, "http-segment-validation-failed");
    t.mock.timers.tick(200);
    await answered;
    assert.equal(requests.length, 2);
    assert.equal(requests[1].headers.get("Range"), null);
    assert.equal(seen[1][0], segment.url);
    assert.deepEqual(new Uint8Array(seen[1][2]), whole);
    core.destroy();
  });
}

test("an abort is answered at once, and ends the download", async () => {
  const requests = fakeOrigin(() => new Promise(() => undefined));
  const core = new Core();
  const [segment] = register(core);
  const events = recordEvents(core);
  const { callbacks, heard } = player();
  await core.loadSegment(segment.runtimeId, callbacks);
  await settle();
  core.abortSegmentLoading("something else");
  assert.equal(heard.length, 0);
  core.abortSegmentLoading(segment.runtimeId);
  assert.equal(heard[0].error.type, "aborted");
  assert.ok(requests[0].signal.aborted);
  assert.deepEqual(names(events), ["onSegmentStart", "onSegmentAbort"]);
  core.abortSegmentLoading(segment.runtimeId);
  await settle();
  assert.equal(heard.length, 1);
});

test("httpDownloadInitialTimeoutMs holds the origin back", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const requests = fakeOrigin(ok);
  const core = new Core({ httpDownloadInitialTimeoutMs: 1000 });
  const [segment] = register(core);
  const { callbacks, answered } = player();
  await core.loadSegment(segment.runtimeId, callbacks);
  await settle();
  assert.equal(requests.length, 0);
  t.mock.timers.tick(1000);
  await answered;
  assert.equal(requests.length, 1);
  core.destroy();
});

test("what a listener or a callback throws does not reach us", async (t) => {
  const reported = t.mock.method(console, "error", () => undefined);
  fakeOrigin(ok);
  const core = new Core();
  const [segment] = register(core);
  core.addEventListener("onSegmentStart", () => { throw new Error("of a listener"); });
  const later = [];
  core.addEventListener("onSegmentStart", () => later.push("called"));
  const answered = new Promise((resolve) => {
    void core.loadSegment(segment.runtimeId, {
      onSuccess: () => { resolve(); throw new Error("of a callback"); },
      onError: assert.fail,
    });
  });
  await answered;
  await settle();
  assert.deepEqual(later, ["called"]);
  assert.deepEqual(reported.mock.calls.map((call) => call.arguments[0].message), ["of a listener", "of a callback"]);
  core.destroy();
});

for (const [where, settings] of Object.entries({
  "a listener of onSegmentStart": () => ({}),
  "the request setup": (act) => ({ httpRequestSetup: async () => void act() }),
})) {
  for (const [how, end] of Object.entries({
    "destroys the Core": (core) => core.destroy(),
    "aborts": (core, segment) => core.abortSegmentLoading(segment.runtimeId),
    "asks for another": (core, _, other) => void core.loadSegment(other.runtimeId, player().callbacks),
  })) {
    test(`nothing of a segment is loaded when ${where} ${how}`, async () => {
      const requests = fakeOrigin(ok);
      let acted = false;
      const act = () => {
        if (acted) return;
        acted = true;
        end(core, segment, other);
      };
      const core = new Core(settings(act));
      const [segment, other] = register(core);
      const events = recordEvents(core);
      if (where.startsWith("a listener")) core.addEventListener("onSegmentStart", act);
      const { callbacks, heard } = player();
      await core.loadSegment(segment.runtimeId, callbacks);
      await settle();
      assert.deepEqual(heard.map(({ error }) => error?.type), ["aborted"]);
      const asked = requests.filter(({ url, signal }) => url === segment.url && !signal.aborted);
      assert.deepEqual(asked, []);
      const told = events.filter(([, details]) => (details.segment?.url ?? details.segmentUrl) === segment.url);
      assert.deepEqual(names(told), ["onSegmentStart", "onSegmentAbort"]);
      core.destroy();
    });
  }
}

test("what a listener ends of another stream type is not begun", async (t) => {
  t.mock.method(console, "warn", () => undefined);
  const page = await load('export { Core } from "./src/core.ts"; export { pageModule } from "./src/module.ts"');
  const requests = fakeOrigin(ok);
  const core = new page.Core({ httpDownloadInitialTimeoutMs: 60_000 });
  const [video] = register(core);
  const [audio] = register(core, { type: "secondary", name: "b" });
  for (const { runtimeId } of [video, audio]) await core.loadSegment(runtimeId, player().callbacks);
  core.applyDynamicConfig({ httpDownloadInitialTimeoutMs: 0 });
  core.addEventListener("onSegmentStart", () => core.destroy());
  page.pageModule.die("for the test");
  await settle();
  assert.deepEqual(requests, []);
});
