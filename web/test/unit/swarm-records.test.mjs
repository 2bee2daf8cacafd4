// What the page notes of its peers, and of what is wrong.

import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./bundle.mjs";

const { Peers, Rate, Troubles, defaults, describe, watchMisdeeds, watchWarnings, watchWhetherAlone, nameOf, viewerOf, generationOf, viewersOf } = await load(`
  export { Peers } from "./page/record/peers.ts";
  export { Rate } from "./page/record/rate.ts";
  export { Troubles } from "./page/record/troubles.ts";
  export { describe, watchWhetherAlone } from "./page/record/alone.ts";
  export { watchMisdeeds } from "./page/record/misdeeds.ts";
  export { watchWarnings } from "./page/record/warnings.ts";
  export { viewersOf } from "./page/record/stats.ts";
  export { defaults } from "./page/view.ts";
  export * from "./page/record/identity.ts";
`);

/** A source whose events the test makes. */
class Script {
  listeners = new Map();

  on(event, listener) {
    this.listeners.set(event, [...(this.listeners.get(event) ?? []), listener]);
  }

  tell(event, at, ...args) {
    for (const listener of this.listeners.get(event) ?? []) listener(at, ...args);
  }
}

const anna = "-PM0203-annaannaAAAA";
const annasAudio = "-PM0203-annaannaBBBB";
const ben = "-PM0202-benbenbenben";

test("a peer id tells a name, a viewer and a generation", () => {
  assert.equal(nameOf(anna), "annaanna");
  assert.equal(viewerOf(anna), viewerOf(annasAudio));
  assert.notEqual(viewerOf(anna), viewerOf(ben));
  assert.equal(generationOf(anna), "2.3");
  assert.equal(generationOf(ben), "2.2");
  assert.equal(generationOf("-PM0310-xxxxxxxxxxxx"), "3.10");
  assert.equal(generationOf("-WW0102-xxxxxxxxxxxx"), "WW0102");
  assert.equal(generationOf("anything at all"), "unknown");
});

test("a rate is the mean of the last two seconds", () => {
  const rate = new Rate();
  assert.equal(rate.at(0), 0);
  rate.add(1000, 3000);
  rate.add(1100, 1000);
  assert.equal(rate.at(1100), 2000);
  assert.equal(rate.at(2900), 2000);
  rate.add(2900, 6000);
  assert.equal(rate.at(2900), 5000);
  assert.equal(rate.at(3100), 3000);
  assert.equal(rate.at(5000), 0);
});

test("a viewer with two streams is one peer until both connections are gone", () => {
  const script = new Script();
  const { connected } = new Peers(script);
  script.tell("onPeerConnect", 10, { peerId: anna, streamType: "main" });
  script.tell("onPeerConnect", 20, { peerId: annasAudio, streamType: "secondary" });
  script.tell("onPeerConnect", 30, { peerId: ben, streamType: "main" });
  assert.deepEqual([...connected.values()].map(({ name, since }) => [name, since]), [["annaanna", 10], ["benbenbe", 30]]);
  script.tell("onChunkDownloaded", 40, 100, "p2p", anna);
  script.tell("onChunkDownloaded", 40, 50, "p2p", annasAudio);
  script.tell("onChunkDownloaded", 40, 7, "http");
  script.tell("onChunkUploaded", 40, 30, ben);
  script.tell("onChunkUploaded", 40, 1, "-PM0203-nobodynobody");
  const [one, other] = connected.values();
  assert.deepEqual([one.taken, one.given, other.taken, other.given], [150, 0, 0, 30]);
  assert.equal(one.taking.at(40), 75);
  assert.equal(other.giving.at(40), 15);
  script.tell("onPeerClose", 50, { peerId: anna, streamType: "main" });
  assert.equal(connected.size, 2);
  script.tell("onPeerClose", 60, { peerId: annasAudio, streamType: "secondary" });
  assert.deepEqual([...connected.values()].map(({ name }) => name), ["benbenbe"]);
  script.tell("onPeerClose", 70, { peerId: annasAudio, streamType: "secondary" });
  assert.equal(connected.size, 1);
});

test("the rate of the origin is noted with the peers'", () => {
  const script = new Script();
  const peers = new Peers(script);
  script.tell("onChunkDownloaded", 1000, 500, "http");
  script.tell("onChunkDownloaded", 1000, 9000, "p2p", anna);
  assert.equal(peers.origin.at(1000), 250);
});

test("a trouble is there until it is taken back, and nothing is told twice", () => {
  const troubles = new Troubles();
  let changes = 0;
  troubles.current.subscribe(() => changes++);
  const since = changes;
  troubles.set("tracker", "gone", "warning", 500);
  troubles.set("tracker", "gone", "warning", 500);
  assert.equal(changes - since, 1);
  troubles.set("tracker", "gone", "warning", 900);
  troubles.set("p2p", "off", "information");
  assert.deepEqual([...troubles.current.value], [
    ["tracker", { text: "gone", severity: "warning", retryAt: 900 }],
    ["p2p", { text: "off", severity: "information", retryAt: undefined }],
  ]);
  assert.ok(troubles.has("tracker"));
  troubles.set("tracker", undefined);
  troubles.set("tracker", undefined);
  assert.deepEqual([...troubles.current.value.keys()], ["p2p"]);
  assert.equal(changes - since, 4);
});

test("why there are no peers", () => {
  const say = (rendition, server, inVain = false) => describe({ rendition, server }, inVain);
  assert.equal(say(undefined, undefined), undefined);
  assert.equal(say(undefined, 0), undefined);
  assert.match(say(1, 1), /You are the only viewer/);
  assert.match(say(1, undefined), /You are the only viewer/);
  assert.match(say(1, 4), /counts 4 viewers.*but no other of the same rendition/);
  assert.match(say(3, 5), /counts 3 viewers of this rendition.*connecting/);
  assert.match(say(3, 5, true), /counts 3 viewers of this rendition.*no connection/);
  assert.match(say(undefined, 3), /counts 3 viewers, this one included; connecting/);
});

test("how many viewers of a swarm /stats.json counts", () => {
  const hash = "AZaz09+/AZaz09+/AZaz";
  const hex = Buffer.from(hash, "latin1").toString("hex");
  assert.equal(viewersOf({ peersCount: 9, peersCountPerInfoHashPerTracker: [{ [hex]: 3, totalPeers: 9 }] }, hash), 3);
  assert.equal(viewersOf({ peersCount: 9, peersCountPerInfoHashPerTracker: [{ totalPeers: 9 }] }, hash), 0);
});

test("who is cut off is named, and a connection that is lost is no misdeed", () => {
  const [script, troubles] = [new Script(), new Troubles()];
  watchMisdeeds({ troubles }, script);
  const text = (cause) => troubles.current.value.get(cause)?.text;
  const fails = (peerId, code) => script.tell("onPeerError", 0, { peerId, streamType: "main", error: Object.assign(new Error("why"), code && { code }) });
  fails(anna, "ERR_DATA_CHANNEL");
  fails(anna, undefined);
  fails(anna, "bytes-receiving-timeout");
  assert.equal(troubles.current.value.size, 0);
  fails(anna, "p2p-segment-validation-failed");
  fails(annasAudio, "p2p-segment-validation-failed");
  assert.match(text("lies"), /^The peer annaanna gave false bytes/);
  fails(ben, "p2p-segment-validation-failed");
  assert.match(text("lies"), /^Each of the peers annaanna, benbenbe gave false bytes/);
  fails(ben, "peer-protocol-violation");
  assert.match(text("violations"), /^The peer benbenbe broke the rules/);
  script.tell("onPeerConnect", 0, { peerId: ben, streamType: "main" });
  assert.match(text("lies"), /^The peer annaanna gave/);
  assert.equal(text("violations"), undefined);
  for (let i = 0; i < 9; i++) fails(`-PM0203-liar${i}xxxyyyy`, "p2p-segment-validation-failed");
  assert.match(text("lies"), /liar0xxx.*liar3xxx, and 5 more gave/);
});

test("each warning of the loader has its words, and some are over", () => {
  const [script, troubles] = [new Script(), new Troubles()];
  let shares;
  const steering = { view: { subscribe: (listener) => (shares = (p2p) => listener({ p2p })) } };
  watchWarnings({ troubles, steering }, script);
  shares(true);
  const warn = (code, streamType = "main") => script.tell("onWarning", 0, { streamType, warning: Object.assign(new Error("details"), { code }) });
  for (const code of ["digests-missing", "digests-false", "stun-failed", "upload-limit-reached", "new-one"]) warn(code);
  const told = Object.fromEntries([...troubles.current.value].map(([code, { severity, text }]) => [code, `${severity}: ${text}`]));
  assert.match(told["digests-missing"], /^warning: .*cannot be had/);
  assert.match(told["digests-false"], /^warning: .*false/);
  assert.match(told["stun-failed"], /^warning: .*STUN/);
  assert.match(told["upload-limit-reached"], /^information: .*nothing more/);
  assert.equal(told["new-one"], "warning: details");
  script.tell("onWarningOver", 0, { streamType: "main", code: "digests-missing" });
  assert.equal(troubles.has("digests-missing"), false);
  assert.equal(troubles.has("digests-false"), true);
  warn("digests-missing");
  warn("digests-missing", "secondary");
  script.tell("onWarningOver", 0, { streamType: "secondary", code: "digests-missing" });
  assert.equal(troubles.has("digests-missing"), true, "the picture's is still missing");
  script.tell("onWarningOver", 0, { streamType: "main", code: "digests-missing" });
  assert.equal(troubles.has("digests-missing"), false);
  shares(false);
  assert.equal(troubles.has("digests-false"), false, "who does not share has nothing to warn of");
});

test("a lone page asks the server every second at first, then every ten, and never before it has answered", async (t) => {
  const [script, troubles] = [new Script(), new Troubles()];
  let [now, asked, answer] = [0, 0, undefined];
  t.mock.timers.enable({ apis: ["setInterval"] });
  t.mock.method(performance, "now", () => now);
  t.mock.method(globalThis, "fetch", () => {
    asked++;
    return new Promise((resolve) => (answer = () => resolve(Response.json({ peersCount: 1, peersCountPerInfoHashPerTracker: [] }))));
  });
  globalThis.document = { hidden: false };
  globalThis.location = { href: "http://page.test/" };
  t.after(() => {
    delete globalThis.document;
    delete globalThis.location;
  });
  /** How often it asks in so many seconds. */
  const pass = async (seconds, isAnswered = true) => {
    const before = asked;
    for (let second = 0; second < seconds; second++) {
      now += 1000;
      t.mock.timers.tick(1000);
      if (isAnswered) answer?.();
      await new Promise(setImmediate);
    }
    return asked - before;
  };
  const connected = new Set();
  const steering = { view: { value: defaults(new URL(location.href)) } };
  watchWhetherAlone({ troubles, peers: { connected }, steering }, script);
  assert.equal(await pass(5, false), 1, "without an answer it is not asked again");
  assert.equal(troubles.has("peers"), false);
  answer();
  await new Promise(setImmediate);
  assert.match(troubles.current.value.get("peers").text, /only viewer/);
  assert.equal(await pass(20), 20);
  await pass(20);
  assert.equal(await pass(600), 60);
  connected.add("ben");
  script.tell("onPeerConnect", now, {});
  assert.equal(troubles.has("peers"), false);
  assert.equal(await pass(10), 0, "who is not alone asks nothing");
  connected.clear();
  script.tell("onPeerClose", now, {});
  assert.equal(await pass(10), 10, "alone again, it looks at once");
});
