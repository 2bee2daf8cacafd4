import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./bundle.mjs";
import { body, fakeOrigin, mockTime, player, recordEvents, register, segmentBytes } from "./fakes.mjs";

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
    const time = mockTime(t);
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
    time.tick(250); // the pause after the failure
    await settle();
    time.tick(1000);
    await answered;
    assert.deepEqual(new Uint8Array(heard[0].success?.data), whole);
    assert.equal(requests.length, 2);
    core.destroy();
  });
}

test("a connection that breaks is resumed where it broke", async (t) => {
  const time = mockTime(t);
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
  time.tick(250);
  await answered;
  assert.deepEqual(new Uint8Array(heard[0].success.data), whole);
  assert.equal(requests[1].headers.get("Range"), "bytes=600-");
  core.destroy();
});

test("after httpErrorRetries failures the player is told", async (t) => {
  const time = mockTime(t);
  const requests = fakeOrigin(() => new Response(null, { status: 503 }));
  const core = new Core({ httpErrorRetries: 2 });
  const [segment] = register(core);
  const { callbacks, heard } = player();
  await core.loadSegment(segment.runtimeId, callbacks);
  await settle();
  assert.equal(heard.length, 0);
  time.tick(250);
  await settle();
  assert.equal(requests.length, 2);
  assert.equal(heard[0].error.type, "failed");
  core.destroy();
});

test("a download that stands still is given up and begun anew (timeout-told)", async (t) => {
  const time = mockTime(t);
  const requests = fakeOrigin((_, count) => {
    if (count === 1) return new Promise(() => undefined);
    if (count === 2) return new Response(body(whole.slice(0, 600), new Promise(() => undefined)), { headers: { "Content-Length": "1000" } });
    return new Response(body(whole.slice(600)), { status: 206, headers: { "Content-Range": "bytes 600-999/1000" } });
  });
  const core = new Core({ httpNotReceivingBytesTimeoutMs: 3000 });
  const [segment] = register(core);
  const events = recordEvents(core);
  const errors = () => events.filter(([name]) => name === "onSegmentError").map(([, { error }]) => `${error.type}: ${error.message}`);
  const { callbacks, heard, answered } = player();
  await core.loadSegment(segment.runtimeId, callbacks);
  await settle();
  time.tick(9900); // headers may take as long as hls.js has for them
  time.tick(99);
  assert.deepEqual(errors(), []);
  time.tick(1);
  assert.deepEqual(errors(), ["bytes-receiving-timeout: no headers after 10 s"]);
  assert.ok(requests[0].signal.aborted);
  time.tick(250);
  await settle();
  time.tick(2900);
  time.tick(99);
  assert.equal(errors().length, 1);
  time.tick(1);
  assert.equal(errors()[1], "bytes-receiving-timeout: no bytes for 3 s after 600 of 1000");
  time.tick(500);
  await answered;
  assert.deepEqual(new Uint8Array(heard[0].success.data), whole);
  core.destroy();
});

/** An origin that gives that answer; when it is asked, and when the player is told. */
async function outage(t, answer, seconds, settings) {
  const time = mockTime(t);
  const began = performance.now();
  const asked = [];
  fakeOrigin(() => {
    asked.push((performance.now() - began) / 1000);
    return answer();
  });
  const core = new Core(settings);
  const [segment] = register(core);
  const { callbacks, heard } = player();
  await core.loadSegment(segment.runtimeId, callbacks);
  await settle();
  let told;
  for (let at = 0; at < seconds; at += 0.05) {
    time.tick(50);
    await settle();
    if (heard.length > 0) told ??= (performance.now() - began) / 1000;
  }
  core.destroy();
  return { asked, told };
}

test("of an origin that fails the player is told when hls.js alone would give up (outage-borne)", async (t) => {
  const { asked, told } = await outage(t, () => new Response(null, { status: 503 }), 40);
  assert.ok(told >= 31 && told < 34, `told after ${told} s`);
  assert.ok(asked.length > 15 && asked.length < 40, `asked ${asked.length} times`);
  const rests = asked.slice(1).map((at, i) => at - asked[i]);
  assert.ok(Math.max(...rests) < 2.2 && Math.min(...rests.slice(3)) > 0.95, `rests of ${rests}`);
});

test("an origin that fails is left alone for a while that doubles (retry-pause)", async (t) => {
  t.mock.method(Math, "random", () => 1);
  const { asked } = await outage(t, () => new Response(null, { status: 503 }), 7);
  assert.deepEqual(asked.slice(1).map((at, i) => Math.round((at - asked[i]) * 20) / 20), [0.25, 0.5, 1, 2, 2]);
});

for (const [what, answer, settings] of [
  ["nothing mends", () => new Response(null, { status: 404 })],
  ["has no response", () => { throw new TypeError("Failed to fetch"); }],
  ["a page has no patience with", () => new Response(null, { status: 503 }), { httpErrorRetries: 2 }],
]) {
  test(`of what ${what} the player is told at once`, async (t) => {
    const { told } = await outage(t, answer, 2, settings);
    assert.ok(told < 1, `told after ${told} s`);
  });
}

test("attempts that bring a share of the segment are no reason to give up", async (t) => {
  const time = mockTime(t);
  const requests = fakeOrigin((_, count) => new Response(
    body(whole.slice(200 * (count - 1), 200 * count), new TypeError("network error")),
    { status: count === 1 ? 200 : 206, headers: count === 1 ? { "Content-Length": "1000" } : { "Content-Range": `bytes ${200 * (count - 1)}-999/1000` } },
  ));
  const core = new Core();
  const [segment] = register(core);
  const { callbacks, heard, answered } = player();
  await core.loadSegment(segment.runtimeId, callbacks);
  for (let i = 0; i < 5; i++) {
    await settle();
    time.tick(250);
  }
  await answered;
  assert.deepEqual(new Uint8Array(heard[0].success.data), whole);
  assert.equal(requests.length, 5);
  core.destroy();
});

test("an origin that asks for it is left alone, by all that is loaded", async (t) => {
  const time = mockTime(t);
  const requests = fakeOrigin((_, count) =>
    count === 1 ? new Response(null, { status: 429, headers: { "Retry-After": "5" } }) : ok());
  const core = new Core();
  const [video] = register(core);
  const [audio] = register(core, { type: "secondary", name: "b" });
  await core.loadSegment(video.runtimeId, player().callbacks);
  await settle();
  const { callbacks, answered } = player();
  await core.loadSegment(audio.runtimeId, callbacks);
  await settle();
  time.tick(5000);
  await settle();
  assert.equal(requests.length, 1);
  time.tick(250);
  await answered;
  assert.equal(requests.length, 3);
  core.destroy();
});

test("an origin is not left alone for longer than the player can wait", async (t) => {
  const busy = () => new Response(null, { status: 503, headers: { "Retry-After": "3600" } });
  const { asked } = await outage(t, busy, 20);
  const rests = asked.slice(1).map((at, i) => at - asked[i]);
  assert.ok(rests.length === 2 && Math.min(...rests) > 7.9 && Math.max(...rests) < 8.2, `rests of ${rests}`);
});

test("a download goes on at the address that its segment has by now", async (t) => {
  const time = mockTime(t);
  const requests = fakeOrigin((request, count) =>
    count === 1
      ? new Response(body(whole.slice(0, 600), new TypeError("network error")), { headers: { "Content-Length": "1000" } })
      : new Response(body(whole.slice(600)), { status: 206, headers: { "Content-Range": "bytes 600-999/1000" } }));
  const core = new Core();
  const listed = register(core);
  const { callbacks, heard, answered } = player();
  await core.loadSegment(listed[0].runtimeId, callbacks);
  await settle();
  const signed = listed.map((segment) => ({ ...segment, runtimeId: `${segment.url}?2`, url: `${segment.url}?2` }));
  core.updateStream("https://origin.test/a.m3u8", signed, listed.map(({ runtimeId }) => runtimeId));
  time.tick(250);
  await answered;
  assert.deepEqual(requests.map(({ url }) => url), [listed[0].url, signed[0].url]);
  assert.deepEqual(new Uint8Array(heard[0].success.data), whole);
  core.destroy();
});

for (const [how, first] of Object.entries({
  "says no": async () => false,
  "rejects": async () => { throw new Error("no"); },
  "throws": () => { throw new Error("no"); },
})) {
  test(`a segment whose validator ${how} is fetched again`, async (t) => {
    const time = mockTime(t);
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
    time.tick(250);
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
  const time = mockTime(t);
  const requests = fakeOrigin(ok);
  const core = new Core({ httpDownloadInitialTimeoutMs: 1000 });
  const [segment] = register(core);
  const { callbacks, answered } = player();
  await core.loadSegment(segment.runtimeId, callbacks);
  await settle();
  assert.equal(requests.length, 0);
  time.tick(1000);
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

test("what a listener ends of another stream type is not begun", async () => {
  const requests = fakeOrigin(ok);
  const core = new Core({ httpDownloadInitialTimeoutMs: 60_000 });
  const [video] = register(core);
  const [audio] = register(core, { type: "secondary", name: "b" });
  for (const { runtimeId } of [video, audio]) await core.loadSegment(runtimeId, player().callbacks);
  core.addEventListener("onSegmentStart", () => core.destroy());
  core.applyDynamicConfig({ httpDownloadInitialTimeoutMs: 0 });
  await settle();
  assert.deepEqual(requests, []);
});
