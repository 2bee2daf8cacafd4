// What a data channel brings the module, and when.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./bundle.mjs";
import { segmentBytes } from "./fakes.mjs";

const { Chunks, isCommand, listen } = await load(
  'export { isCommand, listen } from "./src/channel.ts"; export { Chunks } from "./src/chunks.ts";',
);

const command = (name) => new TextEncoder().encode(`cstr${name}cend`);
/** The command that a segment's data follows. */
const SEGMENT_DATA = "\u0002i";

/** A channel, and what the module hears of it. Bytes are shown as arrays. */
function open(t) {
  let now = 0;
  t.mock.method(performance, "now", () => now);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const heard = [];
  const counted = []; // messages of data, by call
  const channel = {};
  const plain = (bytes) => bytes && [...bytes.subarray(0, bytes.length)];
  const name = (command) => command && new TextDecoder().decode(command.slice(4, -4));
  const sink = {
    opened: () => heard.push("opened"),
    messages: (begin, data, end) => {
      heard.push([name(begin), plain(data), name(end)]);
      if (data) counted.push(data.messages);
    },
    drained: () => heard.push("drained"),
    failed: (message) => heard.push(message),
    closed: () => heard.push("closed"),
  };
  const stop = listen(channel, sink, (intoModule) => intoModule());
  return {
    channel,
    heard,
    counted,
    stop,
    come: (bytes) => channel.onmessage({ data: typeof bytes === "string" ? bytes : Uint8Array.from(bytes).buffer }),
    /** Time in which nothing comes; with `busy`, timers run late. */
    pass: (ms, busy = false) => {
      now += ms;
      if (!busy) t.mock.timers.tick(ms);
    },
  };
}

test("data waits for the command after it, so that both come in one call", (t) => {
  const { come, heard } = open(t);
  come(command("begin"));
  come([1, 2]);
  come([3]);
  come(command("end"));
  assert.deepEqual(heard, [[null, null, "begin"], [null, [1, 2, 3], "end"]]);
});

test("the command before the data waits with it", (t) => {
  const { come, heard } = open(t);
  come(command("hello"));
  come(command(SEGMENT_DATA));
  come([1, 2]);
  come(command("end"));
  assert.deepEqual(heard, [[null, null, "hello"], [SEGMENT_DATA, [1, 2], "end"]]);
});

test("such commands stay in their order, whatever follows", (t) => {
  const { come, heard } = open(t);
  come(command("hello"));
  come(command(SEGMENT_DATA));
  come(command(SEGMENT_DATA));
  come([1]);
  come(command(SEGMENT_DATA));
  come([2]);
  come(command("end"));
  assert.deepEqual(heard, [
    [null, null, "hello"],
    [SEGMENT_DATA, null, SEGMENT_DATA],
    [null, [1], SEGMENT_DATA],
    [null, [2], "end"],
  ]);
});

test("data does not wait where the module has heard nothing for a while", (t) => {
  const { come, heard, pass } = open(t);
  const busy = true;
  come(command("begin"));
  come([1]);
  pass(60, busy);
  come([2]);
  come([3]);
  pass(60, busy);
  come([4]);
  pass(60, busy);
  come(command(SEGMENT_DATA));
  come(command(SEGMENT_DATA));
  pass(60, busy);
  come([5]);
  assert.deepEqual(heard, [
    [null, null, "begin"],
    [null, [1, 2], null],
    [null, [3, 4], null],
    [null, null, SEGMENT_DATA],
    [SEGMENT_DATA, [5], null],
  ]);
});

test("the end of a channel is told after all that it brought", (t) => {
  const { come, heard, channel } = open(t);
  come(command("begin"));
  come([1]);
  channel.onerror({ error: { message: "broken" } });
  channel.onclose();
  assert.deepEqual(heard, [[null, null, "begin"], "broken", [null, [1], null], "closed"]);
});

test("what waits is told also when nothing follows", (t) => {
  const { come, heard, pass } = open(t);
  come(command("hello"));
  pass(20);
  come(command(SEGMENT_DATA));
  come([1, 2]);
  pass(50);
  assert.deepEqual(heard, [[null, null, "hello"], [SEGMENT_DATA, [1, 2], null]]);
  come([3]);
  pass(100);
  assert.deepEqual(heard.slice(2), [[null, [3], null]]);
  pass(1000);
  assert.equal(heard.length, 3);
});

test("a flow of data sets a timer each time that one runs out, and none for each message", (t) => {
  const { come, heard, pass } = open(t);
  const { setTimeout } = globalThis;
  let timers = 0;
  t.mock.method(globalThis, "setTimeout", (...args) => {
    timers++;
    return setTimeout(...args);
  });
  for (let ms = 0; ms < 1000; ms++) {
    come([1]);
    pass(1);
  }
  assert.ok(timers <= 20, `${timers} timers`);
  assert.ok(heard.length <= 20, `${heard.length} calls`);
});

test("nothing is told after the stop", (t) => {
  const { come, heard, channel, stop, pass } = open(t);
  channel.onopen();
  channel.onbufferedamountlow();
  come(command("hello"));
  come([1]);
  stop();
  pass(1000);
  assert.deepEqual(heard, ["opened", "drained", [null, null, "hello"]]);
  assert.equal(channel.onmessage, null);
});

test("texts and empty messages count, and have no bytes", (t) => {
  const { come, counted, pass } = open(t);
  come(command("hello"));
  come("text");
  come([]);
  come([1]);
  pass(100);
  assert.deepEqual(counted, [3]);
});

test("a command is told by its first and last four bytes", () => {
  const is = (text) => isCommand(new TextEncoder().encode(text));
  for (const text of ["cstrcend", "cstr1dend", "dstr12dend", "dstr123cend"]) assert.ok(is(text), text);
  for (const text of ["", "cstr", "cstrend", "cstrcen", "xstrcend", "cstrcenx", "estrcend"]) assert.ok(!is(text), text);
});

test("short messages are joined", () => {
  const chunks = new Chunks(Array.from({ length: 1000 }, (_, i) => Uint8Array.of(i)));
  assert.equal(chunks.messages, 1000);
  assert.equal(chunks.pieces.length, 1);
  assert.deepEqual(chunks.subarray(250, 260), Uint8Array.of(250, 251, 252, 253, 254, 255, 0, 1, 2, 3));
});

test("chunks give any part of what they are made of", () => {
  const long = segmentBytes(4000);
  const pieces = new Chunks([long.slice(0, 1000), long.slice(1000)]);
  assert.equal(pieces.pieces.length, 2);
  assert.deepEqual(pieces.subarray(990, 1010), long.slice(990, 1010));
  const whole = segmentBytes(40);
  const chunks = new Chunks([whole.slice(0, 7), new Uint8Array(0), whole.slice(7, 8), whole.slice(8)]);
  assert.equal(chunks.length, 40);
  for (let start = 0; start < 40; start++) {
    for (let end = start + 1; end <= 40; end++) {
      assert.deepEqual(chunks.subarray(start, end), whole.slice(start, end), `${start} to ${end}`);
    }
  }
  const into = new Uint8Array(42);
  chunks.copyTo(into, 1);
  assert.deepEqual(into.slice(1, 41), whole);
});
