// The tracker to the client that most peers have: npm bittorrent-tracker, with
// its WebSocket. Only WebRTC is a stub, since what it describes is none of the
// tracker's business.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { on, once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { register } from "node:module";
import { tmpdir } from "node:os";
import { join as path } from "node:path";
import test from "node:test";
import { WebSocket } from "ws";
import { startProxy } from "./lib/proxy.mjs";
import { startServer } from "./lib/server.mjs";
import { until } from "./lib/until.mjs";

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

const usualHash = randomBytes(20);

/** A client of the swarm; it ends with `t`, and collects what it is warned of. */
function join(t, server, { infoHash = usualHash, peerId = randomBytes(20) } = {}) {
  const client = new Client({ infoHash, peerId, announce: [server.tracker], port: 6881 });
  client.warnings = [];
  for (const event of ["warning", "error"]) client.on(event, (error) => client.warnings.push(error.message));
  t.after(() => leave(client));
  return client;
}

const leave = (client) => client.destroyed || new Promise((done) => client.destroy(done));

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

/** What /stats.json says. */
async function stats(server) {
  const { torrentsCount, peersCount, servers } = await (await fetch(`${server.url}/stats.json`)).json();
  return { swarms: torrentsCount, peers: peersCount, sockets: servers[0].webSocketsCount };
}

/** Waits until /stats.json says so. */
async function become(server, expected) {
  let seen;
  await until(`there are ${JSON.stringify(expected)}`, async () => {
    seen = await stats(server);
    return Object.entries(expected).every(([name, count]) => seen[name] === count);
  }, () => JSON.stringify(seen));
}

test("one who stops is told so, and one who leaves without waiting is gone", async (t) => {
  const server = await startServer(t);
  const patient = join(t, server);
  const joined = next(patient, "update");
  patient.start();
  await joined;
  const stopped = next(patient, "update");
  patient.stop();
  assert.equal((await stopped).incomplete, 0);
  await become(server, { peers: 0, sockets: 1 });

  const again = next(patient, "update");
  patient.start();
  assert.equal((await again).incomplete, 1);
  patient.stop();
  await leave(patient);
  await become(server, { swarms: 0, peers: 0, sockets: 0 });
  assert.deepEqual(patient.warnings, []);
});

test("several swarms share a socket, and leave it one by one", async (t) => {
  const server = await startServer(t);
  const hashes = [randomBytes(20), randomBytes(20), randomBytes(20)];
  const clients = hashes.map((infoHash) => join(t, server, { infoHash }));
  await Promise.all(clients.map((client) => {
    const joined = next(client, "update");
    client.start();
    return joined;
  }));
  assert.deepEqual(await stats(server), { swarms: 3, peers: 3, sockets: 1 });

  const scraped = await new Promise((resolve, reject) => {
    const infoHash = [...hashes, randomBytes(20)];
    Client.scrape({ announce: server.tracker, infoHash }, (error, all) => (error ? reject(error) : resolve(all)));
  });
  const counts = Object.fromEntries(Object.entries(scraped).map(([hash, { complete, incomplete }]) => [hash, [complete, incomplete]]));
  const [first, second, third] = hashes.map((hash) => hash.toString("hex"));
  assert.equal(Object.keys(counts).length, 4, "a swarm that is not there is told of too");
  assert.deepEqual([counts[first], counts[second], counts[third]], [[0, 1], [0, 1], [0, 1]]);

  const [one, ...others] = clients;
  one.stop();
  await leave(one);
  await become(server, { swarms: 2, peers: 2, sockets: 1 });
  for (const client of others) {
    const updated = next(client, "update");
    client.update();
    await updated;
  }
  const completed = next(others[0], "update");
  others[0].complete();
  assert.equal((await completed).complete, 1);
  assert.deepEqual(clients.flatMap(({ warnings }) => warnings), []);
});

test("a swarm that is refused costs the others nothing", async (t) => {
  const folder = await mkdtemp(path(tmpdir(), "p2p-mediastream-test-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const refusedHash = randomBytes(20);
  await writeFile(path(folder, "denied.txt"), `${refusedHash.toString("hex")}\n`);
  await writeFile(path(folder, "config.json"), JSON.stringify({ infoHashes: { denyFile: "denied.txt" } }));
  const server = await startServer(t, { cwd: folder });
  const [good, refused] = [join(t, server), join(t, server, { infoHash: refusedHash })];
  const joined = next(good, "update");
  good.start();
  await joined;
  const warned = next(refused, "warning");
  refused.start();
  assert.match((await warned).message, /does not serve this info_hash/);
  const updated = next(good, "update");
  good.update();
  assert.equal((await updated).incomplete, 1);
  assert.deepEqual(await stats(server), { swarms: 1, peers: 1, sockets: 1 });
});

/** Lets clients look for a lost server at once. They wait for 10 s and up to five minutes more. */
function hurry(t) {
  const { setTimeout: usual } = globalThis;
  t.after(() => (globalThis.setTimeout = usual));
  globalThis.setTimeout = (run, delay, ...more) => usual(run, delay >= 10_000 ? 50 : delay, ...more);
}

test("a client finds a server that was gone, as the peer that it was", async (t) => {
  hurry(t);
  const server = await startServer(t);
  const client = join(t, server);
  const joined = next(client, "update");
  client.start();
  await joined;
  await server.stop("SIGINT");
  const back = next(client, "update");
  const again = await startServer(t, { args: ["--listen", new URL(server.url).host] });
  assert.equal((await back).incomplete, 1);
  await become(again, { swarms: 1, peers: 1, sockets: 1 });
});

test("a client that comes back while its address may say no more announces again", async (t) => {
  hurry(t);
  const folder = await mkdtemp(path(tmpdir(), "p2p-mediastream-test-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const limits = { loopback: true, announcesPerSecond: 1 };
  await writeFile(path(folder, "config.json"), JSON.stringify({ tracker: { announceInterval: 1 }, limits }));
  const server = await startServer(t, { cwd: folder });
  const proxy = await startProxy(t, server.url);
  const client = join(t, { tracker: `${proxy.url.replace("http", "ws")}/` });
  const joined = next(client, "update");
  client.start();
  await joined;

  // A neighbour says all that their address may. The client can connect as soon as that may say one thing again,
  // and with its announce says another.
  const neighbour = new WebSocket(server.tracker);
  t.after(() => neighbour.terminate());
  await once(neighbour, "open");
  for (let said = 0; said < 20; said++) {
    neighbour.send("null");
    await once(neighbour, "message");
  }
  for (const wire of proxy.sockets) wire.destroy();
  await become(server, { peers: 0, sockets: 1 });
  await until("the client is refused", () => client.warnings.some((text) => /too many messages/.test(text)), () => client.warnings.join("\n"));
  await become(server, { peers: 1, sockets: 2 });
});

test("a peer on a second connection takes the place of its first", async (t) => {
  const server = await startServer(t);
  const peerId = randomBytes(20);
  // The pool of sockets goes by the address as it is written.
  const elsewhere = { tracker: server.tracker.replace(/\/$/, "/elsewhere") };
  const clients = [join(t, server, { peerId }), join(t, elsewhere, { peerId })];
  for (const client of clients) {
    const joined = next(client, "update");
    client.start();
    assert.equal((await joined).incomplete, 1);
  }
  assert.deepEqual(await stats(server), { swarms: 1, peers: 1, sockets: 2 });
});
