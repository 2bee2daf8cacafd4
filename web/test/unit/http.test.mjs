import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./bundle.mjs";
import { body, fakeOrigin, segmentBytes } from "./fakes.mjs";

const { download, readRetryAfter } = await load(
  'export { download } from "./src/http.ts"; export { readRetryAfter } from "./src/retry-after.ts"',
);
const whole = segmentBytes(10);
const range = { start: 100, end: 109 };
/** What a resource has around that range. */
const [before, after] = [new Uint8Array(100).fill(255), new Uint8Array(100).fill(254)];
const join = (...parts) => Uint8Array.from(parts.flatMap((part) => [...part]));

/** Runs a download to its end; gives what the sink heard. */
function run(request, requestSetup) {
  return new Promise((resolve) => {
    const heard = { headers: undefined, bytes: [] };
    download(
      { url: "https://origin.test/a.ts", streamType: "main", byteRange: undefined, from: 0, total: undefined, ...request },
      requestSetup,
      {
        headers: (from, total) => (heard.headers = { from, total }),
        chunk: (bytes) => heard.bytes.push(...bytes),
        done: () => resolve({ ...heard, done: true }),
        failed: ({ type, discard, status, retryAfterMs, message }) => {
          resolve({ ...heard, failed: { type, discard }, told: { status, retryAfterMs, message } });
        },
      },
    );
  });
}

const respond = (status, headers = {}, ...chunks) => () => new Response(body(...chunks), { status, headers });
const mismatch = { type: "http-bytes-mismatch", discard: true };
const truncated = { type: "http-bytes-mismatch", discard: false };

const cases = {
  "a whole segment in two chunks": {
    answer: respond(200, { "Content-Length": "10" }, whole.slice(0, 4), whole.slice(4)),
    range: null, headers: { from: 0, total: 10 }, done: true,
  },
  "without Content-Length": {
    answer: respond(200, {}, whole), headers: { from: 0, total: undefined }, done: true,
  },
  "a Content-Length of compressed bytes": {
    answer: respond(200, { "Content-Length": "4", "Content-Encoding": "gzip" }, whole),
    headers: { from: 0, total: undefined }, done: true,
  },
  "cut short": { answer: respond(200, { "Content-Length": "10" }, whole.slice(0, 4)), failed: truncated },
  "longer than announced, since its compression is hidden": {
    answer: respond(200, { "Content-Length": "4" }, whole), headers: { from: 0, total: 4 }, done: true,
  },
  "empty": { answer: respond(200, {}), failed: truncated },
  "empty, and announced so": { answer: respond(200, { "Content-Length": "0" }), failed: truncated },
  "without a body": { answer: () => new Response(null, { status: 204 }), failed: { type: "http-error", discard: false } },
  "not found": { answer: respond(404), failed: { type: "http-error", discard: false } },
  "not acceptable": { answer: respond(406), failed: mismatch },
  "no connection": {
    answer: () => { throw new TypeError("Failed to fetch"); }, failed: { type: "http-error", discard: false },
  },
  "a connection that breaks": {
    answer: respond(200, { "Content-Length": "10" }, whole.slice(0, 4), new TypeError("network error")),
    failed: { type: "http-error", discard: false },
  },
  "a byte range": {
    request: { byteRange: range }, range: "bytes=100-109",
    answer: respond(206, { "Content-Length": "10", "Content-Range": "bytes 100-109/1000" }, whole),
    headers: { from: 0, total: 10 }, done: true,
  },
  "a byte range of a server that knows none": {
    request: { byteRange: range }, answer: respond(200, {}, before.slice(0, 70), before.slice(70), join(whole, after)),
    headers: { from: 0, total: 10 }, done: true,
  },
  "a byte range of such a server in pieces": {
    request: { byteRange: range },
    answer: respond(200, { "Content-Length": "210" }, join(before, whole.slice(0, 3)), whole.slice(3, 9), join(whole.slice(9), after)),
    headers: { from: 0, total: 10 }, done: true,
  },
  "the rest of a byte range of such a server": {
    request: { byteRange: range, from: 4, total: 10 }, answer: respond(200, {}, before, whole, after),
    headers: { from: 4, total: 10 }, done: true,
  },
  "a byte range with the status of a whole": {
    request: { byteRange: range }, answer: respond(200, { "Content-Length": "10" }, whole),
    headers: { from: 0, total: 10 }, done: true,
  },
  "a byte range of a resource that ends in it": {
    request: { byteRange: range }, answer: respond(200, {}, before, whole.slice(0, 4)), failed: truncated,
  },
  "a byte range of a resource that ends before it": {
    request: { byteRange: range }, answer: respond(200, {}, before.slice(1)), failed: truncated,
  },
  "another status to a byte range": {
    request: { byteRange: range }, answer: respond(203, {}, whole), failed: { type: "http-unexpected-status-code", discard: false },
  },
  "another byte range": {
    request: { byteRange: range }, answer: respond(206, { "Content-Range": "bytes 0-9/1000" }, whole), failed: mismatch,
  },
  "a byte range of another length": {
    request: { byteRange: range }, answer: respond(206, { "Content-Length": "9" }, whole.slice(1)), failed: mismatch,
  },
  "a byte range past the end": { request: { byteRange: range }, answer: respond(416), failed: mismatch },
  "a resumed download": {
    request: { from: 4, total: 10 }, range: "bytes=4-",
    answer: respond(206, { "Content-Range": "bytes 4-9/10" }, whole.slice(4)),
    headers: { from: 4, total: 10 }, done: true,
  },
  "a resumed download of unknown size": {
    request: { from: 4 }, range: "bytes=4-",
    answer: respond(206, { "Content-Range": "bytes 4-9/10" }, whole.slice(4)),
    headers: { from: 4, total: 10 }, done: true,
  },
  "a resumed byte range": {
    request: { byteRange: range, from: 4, total: 10 }, range: "bytes=104-109",
    answer: respond(206, { "Content-Range": "bytes 104-109/1000" }, whole.slice(4)),
    headers: { from: 4, total: 10 }, done: true,
  },
  "a resumed download that the server begins anew": {
    request: { from: 4, total: 12 }, answer: respond(200, { "Content-Length": "10" }, whole),
    headers: { from: 0, total: 10 }, done: true,
  },
  "a resumed download from another place": {
    request: { from: 4, total: 10 }, answer: respond(206, { "Content-Range": "bytes 5-9/10" }, whole.slice(5)), failed: mismatch,
  },
};

for (const [name, expected] of Object.entries(cases)) {
  test(`a download: ${name}`, async () => {
    const requests = fakeOrigin(expected.answer);
    const heard = await run(expected.request);
    assert.equal(requests.length, 1);
    if ("range" in expected) assert.equal(requests[0].headers.get("Range"), expected.range);
    if (expected.headers) assert.deepEqual(heard.headers, expected.headers);
    assert.deepEqual(heard.failed, expected.failed);
    assert.equal(heard.done, expected.done);
    if (expected.done) assert.deepEqual(heard.bytes, [...whole.slice(heard.headers.from)]);
  });
}

test("the body is left where the part of it ends", async () => {
  let left = false;
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(before),
    cancel: () => (left = true),
  });
  fakeOrigin(() => new Response(endless));
  const heard = await run({ byteRange: range });
  assert.deepEqual(heard.bytes, [...before.slice(0, 10)]);
  assert.ok(left);
});

for (const [status, headers, told] of [
  [503, { "Retry-After": "7" }, { status: 503, retryAfterMs: 7000, message: "HTTP status 503 Busy" }],
  [404, {}, { status: 404, retryAfterMs: 0, message: "HTTP status 404 Busy" }],
]) {
  test(`${status} tells its status, and how long the origin asks to be left alone`, async () => {
    fakeOrigin(() => new Response(null, { status, statusText: "Busy", headers }));
    assert.deepEqual((await run({})).told, told);
  });
}

const NOON = Date.UTC(2026, 10, 24, 12);
const DAY_MS = 24 * 60 * 60 * 1000;
for (const [value, expected] of [
  [null, 0], ["", 0], ["0", 0], [" 120 ", 120_000], ["99999999999999999999", DAY_MS],
  ["-5", 0], ["+5", 0], ["2.5", 0], ["1e3", 0], ["soon", 0], ["5 apples 2099", 0], ["2099-01-01", 0],
  ["Tue, 24 Nov 2026 12:00:10 GMT", 10_000],
  ["Tuesday, 24-Nov-26 12:00:10 GMT", 10_000],
  ["Tue Nov 24 12:00:10 2026", 10_000],
  ["Tue, 24 Nov 2026 11:59:50 GMT", 0],
  ["Tue, 24 Nov 2099 12:00:00 GMT", DAY_MS],
]) {
  test(`Retry-After: ${value}`, (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: NOON });
    assert.equal(readRetryAfter(value, null), expected);
  });
}

test("a date in Retry-After is by the clock of the origin, where it tells that", () => {
  assert.equal(readRetryAfter("Tue, 24 Nov 2026 13:00:10 GMT", "Tue, 24 Nov 2026 13:00:00 GMT"), 10_000);
});

test("the page's request setup gets four arguments, and its request is used", async () => {
  const requests = fakeOrigin(respond(206, {}, whole.slice(4)));
  const seen = [];
  await run({ byteRange: range, from: 4, total: 10 }, async (...args) => {
    seen.push(...args);
    return new Request("https://elsewhere.test/b.ts", { headers: { Authorization: "x", Range: "bytes=104-109" } });
  });
  assert.equal(seen[0], "https://origin.test/a.ts");
  assert.deepEqual(seen[1], range);
  assert.ok(seen[2] instanceof AbortSignal);
  assert.deepEqual(seen[3], { start: 104, end: 109 });
  assert.equal(requests[0].url, "https://elsewhere.test/b.ts");
  assert.equal(requests[0].headers.get("Authorization"), "x");
});

test("a request setup without a result changes nothing", async () => {
  const requests = fakeOrigin(respond(200, {}, whole));
  const heard = await run({}, async () => null);
  assert.ok(heard.done);
  assert.equal(requests[0].url, "https://origin.test/a.ts");
});

for (const [how, setup] of Object.entries({
  throws: () => { throw new Error("no token"); },
  rejects: () => Promise.reject("no token"),
})) {
  test(`a request setup that ${how} is an http-error`, async () => {
    fakeOrigin(respond(200, {}, whole));
    assert.deepEqual((await run({}, setup)).failed, { type: "http-error", discard: false });
  });
}

test("a stopped download is silent, and its request is aborted", async () => {
  let answer;
  const requests = fakeOrigin(() => new Promise((resolve) => (answer = resolve)));
  const heard = [];
  const note = (name) => () => heard.push(name);
  const stop = download(
    { url: "https://origin.test/a.ts", streamType: "main", byteRange: undefined, from: 0, total: undefined },
    undefined,
    { headers: note("headers"), chunk: note("chunk"), done: note("done"), failed: note("failed") },
  );
  await new Promise(setImmediate);
  stop();
  assert.ok(requests[0].signal.aborted);
  answer(new Response(body(whole)));
  await new Promise(setImmediate);
  assert.deepEqual(heard, []);
});
