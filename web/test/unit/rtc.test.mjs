import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./bundle.mjs";

const { connect } = await load('export { connect } from "./src/rtc.ts"');

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
