import assert from "node:assert/strict";
import { resolveObjectURL } from "node:buffer";
import { createHash } from "node:crypto";
import test from "node:test";
import { Worker as NodeWorker } from "node:worker_threads";
import { load } from "./bundle.mjs";
import { body, fakeOrigin, mockTime, segmentBytes } from "./fakes.mjs";

const source = ["chunks", "digest-list", "digest-places", "http", "sha256"].map((name) => `export * from "./src/${name}.ts";`).join("");

/** What a page has that loads these for the first time. */
const page = () => load(source);

const hex = (bytes) => Buffer.from(bytes).toString("hex");
const ascii = (text) => new TextEncoder().encode(text);

// Those of the examples for FIPS 180-4 on csrc.nist.gov, and of FIPS 180-2, appendix B.
const vectors = {
  "": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "abc": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq": "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  ["a".repeat(1e6)]: "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
};

/** Makes the page one over plain http, whose `crypto` is without this. */
function insecure(t) {
  Object.defineProperty(crypto, "subtle", { value: undefined, configurable: true });
  t.after(() => delete crypto.subtle);
}

/** Gives the page workers, which node has in another shape. */
function withWorkers(t) {
  const started = [];
  globalThis.Worker = class {
    constructor(url) {
      this.ready = resolveObjectURL(url).text().then((source) => {
        const around = "const { parentPort } = require('node:worker_threads'); globalThis.postMessage = (...args) => parentPort.postMessage(...args); parentPort.on('message', (data) => onmessage({ data }));";
        const node = new NodeWorker(`${around}\n${source}`, { eval: true });
        node.on("message", (data) => this.onmessage({ data }));
        t.after(() => node.terminate());
        return node;
      });
      started.push(this);
    }
    postMessage(data, transfer) {
      const sent = structuredClone(data, { transfer });
      void this.ready.then((node) => node.postMessage(sent));
    }
  };
  t.after(() => delete globalThis.Worker);
  return started;
}

/** Gives the page a Worker that its policy, say, does not let run. */
function withBrokenWorkers(t) {
  const broken = { ended: 0 };
  globalThis.Worker = class {
    constructor() {
      setTimeout(() => this.onerror({ preventDefault() {} }), 5);
    }
    postMessage(data, transfer) {
      structuredClone(data, { transfer });
    }
    terminate() {
      broken.ended++;
    }
  };
  t.after(() => delete globalThis.Worker);
  return broken;
}

/** The ways in which a page can compute. */
const ways = {
  "in a thread": withWorkers,
  "where the thread cannot run": withBrokenWorkers,
  "where no thread can be made": (t) => {
    globalThis.Worker = class { constructor() { throw new DOMException("no", "SecurityError"); } };
    t.after(() => delete globalThis.Worker);
  },
  "without threads": () => {},
  "without WebCrypto": insecure,
};

/** Cuts bytes into pieces of these lengths, again and again; every other piece is Chunks. */
function cut(bytes, lengths, Chunks) {
  const pieces = [];
  for (let at = 0; at < bytes.length; ) {
    const piece = bytes.subarray(at, at + lengths[pieces.length % lengths.length]);
    at += piece.length;
    pieces.push(pieces.length % 2 ? new Chunks([piece.subarray(0, 600), piece.subarray(600)]) : piece);
  }
  return pieces;
}

for (const [where, prepare] of Object.entries(ways)) {
  test(`known digests, ${where}`, async (t) => {
    prepare(t);
    const { sha256, Chunks } = await page();
    for (const [text, digest] of Object.entries(vectors)) {
      const bytes = ascii(text);
      assert.equal(hex(await sha256([bytes])), digest, `${text.length} bytes`);
      for (const lengths of [[1200, 63, 65], [100_001], [64, 1]]) {
        assert.equal(hex(await sha256(cut(bytes, lengths, Chunks))), digest, `${text.length} bytes in pieces of ${lengths}`);
      }
    }
    assert.equal(hex(await sha256([])), vectors[""]);
  });

  test(`several at a time, of many sizes, ${where}`, async (t) => {
    prepare(t);
    const { sha256, Chunks } = await page();
    const sizes = [1, 55, 56, 63, 64, 65, 65_535, 65_536, 65_537, 1_000_003, 10];
    for (let round = 0; round < 2; round++) { // the second with used buffers
      const all = await Promise.all(sizes.map((size) => sha256(cut(segmentBytes(size), [977, 4001], Chunks))));
      const digests = sizes.map((size) => createHash("sha256").update(segmentBytes(size)).digest("hex"));
      assert.deepEqual(all.map(hex), digests);
    }
  });
}

test("there is one thread, and one that fails is ended", async (t) => {
  const started = withWorkers(t);
  const { sha256 } = await page();
  t.mock.method(crypto.subtle, "digest", async () => assert.fail("computed by the page itself"));
  await Promise.all([sha256([ascii("abc")]), sha256([ascii("b")])]);
  await sha256([ascii("c")]);
  assert.equal(started.length, 1);
  t.mock.reset();
  const broken = withBrokenWorkers(t);
  const { sha256: other } = await page();
  await Promise.all([other([ascii("a")]), other([ascii("b")])]);
  await other([ascii("c")]);
  assert.equal(broken.ended, 1);
});

test("the player gets what was joined for the digest, in a buffer of its own", async (t) => {
  withWorkers(t);
  const { sha256, bufferOf, joined, Chunks } = await page();
  const segments = [0, 1, 2, 3].map((i) => cut(segmentBytes(5000 + i), [977], Chunks));
  const sent = t.mock.method(Worker.prototype, "postMessage").mock;
  for (const pieces of segments) await sha256(pieces); // at the same time they end in any order
  assert.equal(sent.callCount(), 4);
  const made = t.mock.method(Chunks.prototype, "copyTo").mock;
  const joins = segments.map((pieces) => {
    const before = made.callCount();
    const first = new Uint8Array(bufferOf(pieces));
    assert.deepEqual(first, new Uint8Array(joined(pieces)));
    first.fill(0);
    assert.deepEqual(new Uint8Array(bufferOf(pieces)), new Uint8Array(joined(pieces)));
    const each = pieces.filter((piece) => piece instanceof Chunks).length;
    return (made.callCount() - before) / each;
  });
  assert.deepEqual(joins, [4, 3, 3, 3], "all but the last three are joined anew");
});

test("a browser that fails to compute is done without", async (t) => {
  const { sha256 } = await page();
  t.mock.method(crypto.subtle, "digest", async () => { throw new DOMException("no memory", "OperationError"); });
  assert.equal(hex(await sha256([ascii("abc")])), vectors.abc);
});

test("computed here, others get their turn", async (t) => {
  insecure(t);
  const { sha256 } = await page();
  const { port1, port2 } = new MessageChannel();
  let turns = 0;
  port1.onmessage = () => { turns++; port2.postMessage(undefined); };
  port2.postMessage(undefined);
  await sha256([new Uint8Array(50_000_000)]);
  port1.close();
  assert.ok(turns > 2, `${turns} turns in 50 MB`);
});

const SEGMENT = "https://origin.test/hls/180p/7.ts?token=1";
const USUAL = "https://origin.test/hls/180p/segments-sha256.json";

/** Has a segment downloaded from an origin that answers so; gives what finds lists then. An answer may be `[address, answer]`. */
async function heard(...answers) {
  const { download, findList } = await page();
  const given = answers.map((answer) => (Array.isArray(answer) ? answer : [SEGMENT, answer]));
  fakeOrigin((_, count) => given[count - 1][1]());
  for (const [url] of given) {
    await new Promise((resolve) => {
      const request = { url, streamType: "main", byteRange: undefined, from: 0, total: undefined };
      download(request, undefined, { headers: () => {}, chunk: () => {}, done: resolve, failed: resolve });
    });
  }
  return findList;
}

const gives = (headers = {}) => () => new Response(body(segmentBytes(10)), { headers });
const lists = (place) => gives({ "Segments-SHA256": place });
const fails = () => new Response("", { status: 503 });
const breaks = () => { throw new TypeError("Failed to fetch"); };
const opaque = () => Object.defineProperties(new Response(), { ok: { value: false }, status: { value: 0 } });

test("a list is where the origin says, or the page", async () => {
  for (const [what, answers, option, expected] of [
    ["it says so", [lists("segments-sha256.json")], "", USUAL],
    ["it names another place", [lists("/lists/a.json?b=c")], "", "https://origin.test/lists/a.json?b=c"],
    ["it names another origin", [lists("https://lists.test/a")], "", "https://lists.test/a"],
    ["it gives without a word of lists", [gives()], "", ""],
    ["it names nothing", [lists("")], "", ""],
    ["the last word counts", [lists("a"), lists("b")], "", "https://origin.test/hls/180p/b"],
    ["one answer without a word takes nothing back", [lists("a"), gives(), gives(), lists("a"), gives(), gives()], "", "https://origin.test/hls/180p/a"],
    ["three in a row do", [lists("a"), gives(), gives(), gives()], "", ""],
    ["what another folder gives says nothing of this one", [lists("a"), ...Array(3).fill(["https://origin.test/ads/1.ts", gives()])], "", "https://origin.test/hls/180p/a"],
    ["of a folder that has said nothing its origin's last word counts", [["https://origin.test/hls/720p/1.ts", lists("a")]], "", "https://origin.test/hls/180p/a"],
    ["and the other way round", [gives(), lists("a")], "", "https://origin.test/hls/180p/a"],
    ["nothing was asked", [], "", USUAL],
    ["it is down", [breaks, fails, opaque], "", USUAL],
    ["a failure says nothing of lists", [gives(), fails], "", ""],
    ["what it names is no address", [lists("http://")], "", ""],
    ["the page says where", [gives()], "a.json", "https://origin.test/hls/180p/a.json"],
    ["the page goes before the origin", [lists("b")], "https://page.test/a.json", "https://page.test/a.json"],
    ["what the page says is no address", [lists("b")], "http://", "http://"],
  ]) {
    assert.equal((await heard(...answers))(SEGMENT, option), expected, what);
  }
});

test("what one origin says goes for it alone", async () => {
  const findList = await heard(gives());
  assert.equal(findList("https://origin.test/elsewhere/1.ts", ""), "");
  assert.equal(findList("https://origin.test:8443/1.ts", ""), "https://origin.test:8443/segments-sha256.json");
  assert.equal(findList("http://origin.test/1.ts", ""), "http://origin.test/segments-sha256.json");
});

test("what has no folder has no list", async () => {
  const { findList } = await page();
  for (const url of ["data:video/mp2t,abc", "blob:https://page.test/0-1", "7.ts", ""]) assert.equal(findList(url, ""), "", url);
});

/** Fetches a list; gives what is told, and the requests. */
async function fetching(answer, { limit = 1000, setup } = {}) {
  const { fetchList } = await page();
  const requests = fakeOrigin(answer);
  const told = [];
  let stop;
  const ended = new Promise((resolve) => {
    stop = fetchList(USUAL, limit, setup, (list, why) => { told.push(why || Buffer.from(list).toString()); resolve(); });
  });
  return { requests, told, stop, ended };
}

test("a list comes whole", async () => {
  const { requests, told, ended } = await fetching(() => new Response(body(ascii('{"7.ts":'), ascii(' "00"}'))));
  await ended;
  assert.deepEqual(told, ['{"7.ts": "00"}']);
  assert.equal(requests[0].url, USUAL);
});

test("a list is asked for as segments are", async () => {
  const asked = [];
  const setup = async (...args) => {
    asked.push(args);
    return new Request("https://other.test/list", { credentials: "include" });
  };
  const { requests, told, ended } = await fetching(() => new Response("{}"), { setup });
  await ended;
  assert.deepEqual(told, ["{}"]);
  assert.equal(requests[0].url, "https://other.test/list");
  assert.deepEqual(asked.map(([url, part, signal, range]) => [url, part, signal instanceof AbortSignal, range]), [[USUAL, undefined, true, undefined]]);
});

test("a list that cannot be had says why", async () => {
  const tooLong = "the list has more than 1000 bytes";
  for (const [answer, why, options] of [
    [() => new Response(body(segmentBytes(600), segmentBytes(401), new Promise(() => {}))), tooLong],
    [() => new Response(null, { status: 404, statusText: "Not Found" }), "HTTP status 404 Not Found"],
    [breaks, "Failed to fetch"],
    [() => new Response(body(segmentBytes(5), new TypeError("network error"))), "network error"],
    [() => new Response("{}"), "no", { setup: async () => { throw new Error("no"); } }],
  ]) {
    const { told, ended } = await fetching(answer, options);
    await ended;
    assert.deepEqual(told, [why]);
  }
  const { told, ended } = await fetching(() => new Response(body(new Uint8Array(1000).fill(32))));
  await ended;
  assert.equal(told[0].length, 1000);
});

test("an origin that says nothing, or nothing more, is not waited for", async (t) => {
  const silent = new Promise(() => {});
  for (const [name, answer] of [["nothing", () => silent], ["nothing more", () => new Response(body(ascii("{"), silent))]]) {
    await t.test(name, async (t) => {
      const time = mockTime(t);
      const { told } = await fetching(answer);
      await new Promise(setImmediate);
      time.tick(9999);
      assert.deepEqual(told, []);
      time.tick(1);
      assert.deepEqual(told, ["nothing came for 10 s"]);
    });
  }
});

test("what comes is a sign of life", async (t) => {
  const time = mockTime(t);
  let comeLater;
  const later = new Promise((resolve) => (comeLater = resolve));
  const { told, ended } = await fetching(() => new Response(body(ascii("{"), later)));
  await new Promise(setImmediate);
  time.tick(9000);
  comeLater(ascii("}"));
  await ended;
  time.tick(20_000);
  assert.deepEqual(told, ["{}"]);
});

test("stopping ends the request, and nothing is told", async () => {
  for (const setup of [undefined, async () => new Request(USUAL)]) {
    let cancelled = false;
    const left = new ReadableStream({ cancel: () => void (cancelled = true) });
    const { requests, told, stop } = await fetching(() => new Response(left), { setup });
    await new Promise(setImmediate);
    stop();
    await new Promise(setImmediate);
    assert.deepEqual([requests.length, told, cancelled], [1, [], true]);
  }
});
