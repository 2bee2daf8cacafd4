// The tracker to the client that most peers have: npm bittorrent-tracker, with
// its WebSocket. Only WebRTC is a stub, since what it describes is none of the
// tracker's business.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { on, once } from "node:events";
import { register } from "node:module";
import test from "node:test";
import { startServer } from "./lib/server.mjs";

const stub = `
  import { EventEmitter } from "node:events";
  let made = 0;
  export default class Peer extends EventEmitter {
    static WEBRTC_SUPPORT = true;
    constructor({ initiator } = {}) {
      super();
      this.heard = [];
      this.sdp = "v=0 description " + ++made;
      if (initiator) setImmediate(() => this.emit("signal", { type: "offer", sdp: this.sdp }));
    }
    signal(description) {
      this.heard.push(description);
      this.emit("heard", description);
      if (description.type === "offer") this.emit("signal", { type: "answer", sdp: this.sdp });
    }
    destroy() {}
  }`;
const moduleOf = (code) => `data:text/javascript,${encodeURIComponent(code)}`;
register(moduleOf(`
  export const resolve = (specifier, context, next) => specifier === "@thaunknown/simple-peer/lite.js"
    ? { url: ${JSON.stringify(moduleOf(stub))}, shortCircuit: true }
    : next(specifier, context);`));
const { Client } = await import("bittorrent-tracker");

const infoHash = randomBytes(20);

/** A client of the swarm; it ends with `t`, and a warning fails the test. */
function join(t, server) {
  const client = new Client({ infoHash, peerId: randomBytes(20), announce: [server.tracker], port: 6881 });
  client.warnings = [];
  for (const event of ["warning", "error"]) client.on(event, (error) => client.warnings.push(error.message));
  t.after(() => new Promise((done) => client.destroy(done)));
  return client;
}

/** The next event that satisfies; a client announces again when it likes. */
async function next(client, event, satisfies = () => true) {
  for await (const [value] of on(client, event, { signal: AbortSignal.timeout(20_000) })) {
    if (satisfies(value)) return value;
  }
}

test("announce, offer, answer, scrape, update and stop", async (t) => {
  const server = await startServer(t);
  const first = join(t, server);
  const alone = next(first, "update");
  first.start({ numwant: 3 });
  const { announce, complete, incomplete } = await alone;
  assert.equal(`${announce}/`, server.tracker);
  assert.deepEqual([complete, incomplete], [0, 1]);

  // An offer goes to the one that was there, which answers; the answer comes back.
  const second = join(t, server);
  const offered = next(first, "peer");
  const answered = next(second, "peer");
  const both = next(second, "update");
  second.start({ numwant: 3 });
  const [there, here] = [await offered, await answered];
  assert.equal(there.id, second.peerId);
  assert.equal(here.id, first.peerId);
  assert.deepEqual(there.heard.map(({ type }) => type), ["offer"]);
  assert.equal(there.heard[0].sdp, here.sdp, "the offer comes as it was sent");
  if (here.heard.length === 0) await once(here, "heard");
  assert.deepEqual(here.heard, [{ type: "answer", sdp: there.sdp }], "so does the answer");
  assert.equal((await both).incomplete, 2);

  const scraped = next(first, "scrape");
  first.scrape();
  assert.deepEqual(await scraped.then(({ complete, incomplete }) => ({ complete, incomplete })), { complete: 0, incomplete: 2 });

  const updated = next(first, "update");
  first.update({ numwant: 0 });
  assert.equal((await updated).incomplete, 2);

  // wt-tracker has no word for the one who stops; those who stay see it gone.
  second.stop();
  const left = next(first, "update", ({ incomplete }) => incomplete === 1);
  first.update({ numwant: 0 });
  await left;
  assert.deepEqual([...first.warnings, ...second.warnings], []);

  const stats = await (await fetch(`${server.url}/stats.json`)).json();
  assert.equal(stats.peersCount, 1, JSON.stringify(stats));
});
