import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./bundle.mjs";

const { connect, watchServers } = await load('export { connect, watchServers } from "./src/rtc.ts"');

/** A browser whose constructor does this. */
function inBrowser(t, construct) {
  globalThis.window = {
    RTCPeerConnection: class {
      constructor(...args) {
        construct?.();
        this.args = args;
      }

      createOffer = () => new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
      createAnswer = this.createOffer;
      setLocalDescription = this.createOffer;
      setRemoteDescription = this.createOffer;
      closed = 0;
      close = () => this.closed++;
    },
  };
  t.after(() => delete globalThis.window);
}

test("a page's rtcConfig reaches the browser whole", (t) => {
  inBrowser(t);
  const certificate = new (class RTCCertificate {})();
  const given = { iceServers: [], iceTransportPolicy: "relay", certificates: [certificate], unknown: { a: 1 } };
  const { args } = connect(given);
  assert.deepEqual(args, [given]);
  assert.equal(args[0].certificates[0], certificate);
  assert.deepEqual(connect({ iceServers: undefined }).args, [{ iceServers: undefined }]);
});

test("without servers of the page there are those of the JavaScript core", (t) => {
  inBrowser(t);
  const iceServers = [{ urls: ["stun:stun.l.google.com:19302", "stun:global.stun.twilio.com:3478"] }];
  assert.deepEqual(connect(null).args, [{ iceServers }]);
  assert.deepEqual(connect(undefined).args, [{ iceServers }]);
  assert.deepEqual(connect({ bundlePolicy: "balanced" }).args, [{ iceServers, bundlePolicy: "balanced" }]);
});

test("a browser that refuses is asked no more, unless it is short of something", (t) => {
  let thrown;
  inBrowser(t, () => { throw thrown; });
  thrown = new TypeError("no such policy");
  assert.deepEqual(connect({}), { refusal: "no such policy", forGood: true });
  thrown = new DOMException("too many connections", "UnknownError");
  assert.deepEqual(connect({}), { refusal: "too many connections", forGood: false });
  thrown = "by a wrapper of the page's";
  assert.deepEqual(connect({}), { refusal: "by a wrapper of the page's", forGood: true });
  thrown = undefined;
  assert.deepEqual(connect({}), { refusal: "undefined", forGood: true });
});

test("a connection closes when the step of its negotiation is done that is under way", async (t) => {
  inBrowser(t);
  for (const step of ["createOffer", "createAnswer", "setLocalDescription", "setRemoteDescription"]) {
    for (const [end, how] of [["resolve", "fulfilled"], ["reject", "rejected"]]) {
      const connection = connect({});
      const settled = Promise.allSettled([connection[step]()]);
      connection.close();
      assert.equal(connection.closed, 0, `${step} is under way`);
      connection[end]("done");
      const [{ status, value, reason }] = await settled;
      assert.deepEqual([status, value ?? reason, connection.closed], [how, "done", 1], step);
    }
  }
  const idle = connect({});
  idle.close();
  assert.equal(idle.closed, 1);
});

test("a connection closes all the same when that step never ends", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  inBrowser(t);
  const connection = connect({});
  void connection.createOffer();
  connection.close();
  t.mock.timers.tick(4999);
  assert.equal(connection.closed, 0);
  t.mock.timers.tick(1);
  assert.equal(connection.closed, 1);
});

/** What is told of servers where these networks say this; with `waits` before all have spoken. */
function told({ hosts = [], answers = [], errors = [], waits = false }) {
  const heard = [];
  const connection = Object.assign(new EventTarget(), { iceGatheringState: "gathering" });
  const say = (name, fields) => connection.dispatchEvent(Object.assign(new Event(name), fields));
  const answered = [];
  watchServers(connection, { unanswered: (server, reason) => heard.push(reason), answered: (server) => answered.push(server) });
  say("icegatheringstatechange");
  for (const port of hosts) say("icecandidate", { candidate: { type: "host", port, url: "" } });
  for (const [url, port] of errors) say("icecandidateerror", { url, port, errorCode: 701, errorText: "gone" });
  for (const url of answers) say("icecandidate", { candidate: { type: "srflx", port: 1, url } });
  say("icecandidate", { candidate: null });
  connection.iceGatheringState = "complete";
  if (!waits) say("icegatheringstatechange");
  return { unanswered: heard, answered };
}

for (const [name, said, want] of [
  ["none asked", { hosts: [1, 2] }, []],
  ["one that answers", { hosts: [1], answers: ["stun:a:1"] }, []],
  ["one that no network reaches", { hosts: [1, 2], errors: [["stun:a:1", 1], ["stun:a:1", 2]] }, ["stun:a:1: gone (701)"]],
  ["one of two", { hosts: [1], answers: ["stun:a:1"], errors: [["stun:b:1", 1]] }, ["stun:b:1: gone (701)"]],
  ["one that is reached over IPv4 alone", { hosts: [1, 2], answers: ["stun:a:1"], errors: [["stun:a:1", 2]] }, []],
  ["the same from a network that translates no addresses", { hosts: [1, 2], errors: [["stun:a:1", 2]] }, []],
  ["one with an IPv4 address, of which IPv6 says nothing", { hosts: [1, 2], errors: [["stun:192.0.2.1:1", 1]] }, ["stun:192.0.2.1:1: gone (701)"]],
  ["one with an IPv6 address", { hosts: [1, 2], errors: [["stun:[::1]:1", 1]] }, ["stun:[::1]:1: gone (701)"]],
  ["a TURN server, which is asked by STUN too", { hosts: [1], errors: [["stun:a:1", 1], ["turn:a:1?transport=udp", 1]] }, ["stun:a:1: gone (701)"]],
  ["a TURN server that relays and tells no address", { hosts: [1], errors: [["stun:a:1", 1]], answers: ["turn:a:1?transport=udp"] }, []],
  ["those that may still answer", { hosts: [1], errors: [["stun:a:1", 1]], waits: true }, []],
]) {
  test(`servers that do not answer: ${name}`, () => assert.deepEqual(told(said).unanswered, want));
}

test("servers that answer are told of once, by name and port", () => {
  const answers = ["stun:a:1", "turn:a:1?transport=udp", "", "stun:b:1"];
  assert.deepEqual(told({ hosts: [1], answers, waits: true }).answered, ["a:1", "b:1"]);
});
