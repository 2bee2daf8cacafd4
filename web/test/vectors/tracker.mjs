// What the npm tracker client sends, and what it makes of a tracker's messages.
// The client is the real one; in the places of WebRTC and the WebSocket stand
// the two stubs below.

import crypto from "node:crypto";
import { register, syncBuiltinESMExports } from "node:module";

const stubs = {
  "@thaunknown/simple-peer/lite.js": `
    import { EventEmitter } from "node:events";
    export default class extends EventEmitter {
      static WEBRTC_SUPPORT = true;
      constructor({ initiator } = {}) {
        super();
        if (initiator) setImmediate(() => this.emit("signal", { type: "offer", sdp: "v=0 an offer" }));
      }
      signal({ type, sdp }) {
        globalThis.tracked.events.push({ signal: type, sdp });
        if (type === "offer") this.emit("signal", { type: "answer", sdp: "v=0 an answer" });
      }
      destroy() {}
    }`,
  "@thaunknown/simple-websocket": `
    import { EventEmitter } from "node:events";
    export default class extends EventEmitter {
      connected = true;
      tracked = globalThis.tracked; // a client closes its socket up to a second late, when another is recorded
      constructor() { super(); this.tracked.socket = this; }
      send(text) { this.tracked.sent.push(text); }
      destroy() { this.connected = false; this.tracked.events.push({ closed: true }); }
    }`,
};

const moduleOf = (code) => `data:text/javascript,${encodeURIComponent(code)}`;
const places = Object.entries(stubs).map(([name, code]) => [name, moduleOf(code)]);

register(moduleOf(`
  const places = new Map(${JSON.stringify(places)});
  export function resolve(specifier, context, next) {
    const url = places.get(specifier);
    return url ? { url, shortCircuit: true } : next(specifier, context);
  }`));

const turn = () => new Promise((done) => setTimeout(done, 20));

export async function recordTracker(load, peer) {
  let drawn = 0; // so that offers have the same ids in every recording
  crypto.randomBytes = (length) => Buffer.alloc(length).map(() => 7 * drawn++);
  syncBuiltinESMExports();
  process.browser = true; // else the client wants a port to listen on
  const { default: Client } = await load("bittorrent-tracker/client.js");
  const infoHash = peer.getStreamHash("v2-https://example.com/master.m3u8-main-0");
  const peerId = "-PM0203-ABCDEFGHIJKL";
  const other = "-PM0202-\u0000\u007f\u0080\u00ff\"\\\n\u0001wxyz";
  const vectors = [];

  async function open(id) {
    globalThis.tracked = { sent: [], events: [], socket: null };
    const client = new Client({ infoHash: Buffer.from(infoHash), peerId: Buffer.from(id), announce: [`ws://tracker.invalid/${vectors.length}`] });
    client.on("warning", (error) => tracked.events.push({ warning: error.message }));
    client.on("update", ({ complete, incomplete }) => tracked.events.push({ update: { complete, incomplete } }));
    client.on("scrape", ({ complete, incomplete, downloaded }) => tracked.events.push({ scrape: { complete, incomplete, downloaded } }));
    client.on("peer", (peer) => tracked.events.push({ peer: peer.id }));
    for (const tracker of client._trackers) {
      const set = tracker.setInterval;
      tracker.setInterval = (ms) => {
        if (ms) tracked.events.push({ intervalMs: ms });
        set.call(tracker, 0); // arms no timer
      };
    }
    return client;
  }

  // What it sends.
  const announces = {
    started: (client) => client.start({ numwant: 2 }),
    update: (client) => client.update({ numwant: 0 }),
    "update with left": (client) => client.update({ numwant: 1, left: 5, uploaded: 7, downloaded: 9 }),
    stopped: (client) => client.stop(),
    completed: (client) => client.complete(),
    scrape: (client) => client.scrape(),
  };
  for (const [what, act] of Object.entries(announces)) {
    const client = await open(peerId);
    act(client);
    await turn();
    vectors.push({ what, sent: tracked.sent });
    client.destroy();
    await turn();
  }

  // What it makes of what it hears, and answers.
  const at = (fields) => JSON.stringify({ action: "announce", info_hash: infoHash, ...fields });
  const offerId = "\u0000\u0001\u007f\u0080\u00fe\u00ffabcdefghijklmn";
  const heard = [
    at({ interval: 120, complete: 1, incomplete: 4 }),
    at({ interval: 120.5, complete: 0, incomplete: 1, "min interval": 60, "tracker id": "t1" }),
    at({ "min interval": 60, complete: null }),
    at({ interval: 20, "warning message": "slow down", complete: 0, incomplete: 2 }),
    at({ "failure reason": "no such swarm" }),
    at({ "failure reason": "", interval: 30 }),
    JSON.stringify({ "failure reason": "go away" }),
    at({ peer_id: other, offer_id: offerId, offer: { type: "offer", sdp: "v=0 theirs" } }),
    at({ peer_id: other, offer_id: offerId, answer: { type: "answer", sdp: "v=0 theirs" } }),
    at({ peer_id: peerId, offer_id: offerId, offer: { type: "offer", sdp: "v=0 my own" } }),
    at({ offer_id: offerId, offer: { type: "offer", sdp: "v=0 nobody's" } }),
    JSON.stringify({ action: "announce", interval: 30 }),
    JSON.stringify({ action: "scrape", files: { [infoHash]: { complete: 1, incomplete: 2, downloaded: 3 }, [other]: { complete: 0, incomplete: 0, downloaded: 0 } } }),
    JSON.stringify({ action: "scrape", files: {} }),
    JSON.stringify({ action: "gossip" }),
    "{}",
    "not JSON",
  ];
  for (const text of heard) {
    const client = await open(peerId);
    try {
      tracked.socket.emit("data", Buffer.from(text));
    } catch (error) {
      tracked.events.push({ throws: error.name });
    }
    await turn();
    vectors.push({ heard: text, events: tracked.events, sent: tracked.sent });
    tracked.events = [];
    client.destroy();
    await turn();
  }
  return vectors;
}
