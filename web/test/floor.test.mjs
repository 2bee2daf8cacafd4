// HTTP is the floor: whatever is missing, late or gone, the video plays on.

import assert from "node:assert/strict";
import dgram from "node:dgram";
import { once } from "node:events";
import { join } from "node:path";
import test, { after, describe } from "node:test";
import { startBrowser } from "./lib/browser.mjs";
import * as places from "./lib/places.mjs";
import { MODULE, SEGMENTS, startProxy } from "./lib/proxy.mjs";
import { startServer } from "./lib/server.mjs";
import { ourCore, startSite } from "./lib/site.mjs";

const file = { after };
const server = await startServer(file);
const site = await startSite(file);
const browser = await startBrowser(file);
/** An address at which nobody listens: a port of ours that has been closed again. */
const nowhere = await closedPort();

/**
 * Opens a page with our core behind a proxy of its own.
 *
 * @param change what differs: `tracker`, `stun`, `csp`, `before`; `meanwhile` is
 *   called with the proxy before the page is opened.
 */
async function open(t, change = {}) {
  const proxy = change.proxy ?? (await startProxy(t, server.url));
  const setup = {
    core: ourCore(proxy.url),
    stream: `${proxy.url}/hls/master.m3u8`,
    hls: { liveSyncDurationCount: 8 },
    csp: change.csp?.(proxy.url),
    p2p: {
      swarmId: t.name,
      announceTrackers: [change.tracker ?? server.tracker],
      rtcConfig: { iceServers: [{ urls: `stun:127.0.0.1:${change.stun ?? server.stunPort}` }] },
    },
  };
  return browser.open(t, site.page(setup), { proxy, before: change.before });
}

const ends = (viewer) => viewer.lines.some((line) => line.includes("no peer-to-peer on this page"));

// Most of their time goes by waiting.
describe("HTTP is the floor", { concurrency: 2 }, () => {
  test("a policy that forbids WebAssembly", async (t) => {
    const csp = (url) => `script-src 'self' 'unsafe-inline' ${url}; worker-src 'self' blob:`;
    const viewer = await open(t, { csp });
    await viewer.plays();
    await viewer.until("the page is told", () => ends(viewer));
    const { segments } = await viewer.plays();
    assert.equal(segments.at(-1).by, "player", "hls.js loads by itself");
  });

  test("a browser without WebAssembly", async (t) => {
    const viewer = await open(t, { before: () => delete globalThis.WebAssembly });
    const { segments } = await viewer.plays();
    assert.ok(ends(viewer));
    assert.ok(segments.every(({ by }) => by === "player"), await viewer.report());
  });

  test("a browser without WebRTC", async (t) => {
    const viewer = await open(t, { before: () => delete globalThis.RTCPeerConnection });
    const { segments, connected } = await viewer.plays(5);
    assert.ok(segments.every(({ by }) => by === "engine"), await viewer.report());
    assert.deepEqual(connected, []);
    assert.equal(ends(viewer), false);
  });

  test("the module comes 5 s late", async (t) => {
    const proxy = await startProxy(t, server.url);
    const release = proxy.hold(MODULE);
    const viewer = await open(t, { proxy });
    await viewer.plays(5);
    assert.equal(proxy.requests(MODULE), 1);
    assert.equal(proxy.bytes(MODULE), 0);
    release();
    // What was loaded before the module came is shared as well: the second viewer
    // begins where the first one began.
    const { segments } = await viewer.plays();
    const second = await open(t);
    const { byPeer } = await second.until("it takes from the first", ({ peers }) => peers > 0);
    assert.equal(Object.keys(byPeer).length, 1);
    assert.ok(segments.every(({ by }) => by === "engine"), await viewer.report());
    await viewer.plays();
    await second.plays();
  });

  test("the module never comes", async (t) => {
    const proxy = await startProxy(t, server.url);
    proxy.rule(MODULE, { status: 404 });
    const viewer = await open(t, { proxy });
    await viewer.plays(5);
  });

  test("no tracker from the start", async (t) => {
    const viewer = await open(t, { tracker: `ws://127.0.0.1:${nowhere}/` });
    await viewer.until("the page is told", ({ events }) => events.some((line) => line.includes("tracker")));
    await viewer.plays(5);
  });

  test("the tracker goes in mid-play", async (t) => {
    const tracker = await startServer(t);
    const [first, second] = [await open(t, { tracker: tracker.tracker }), await open(t, { tracker: tracker.tracker })];
    await second.until("they share", ({ peers, given }) => peers + given > 0);
    await tracker.stop("SIGKILL");
    await second.until("the page is told", ({ events }) => events.some((line) => line.includes("tracker")));
    const before = await second.plays(6);
    // Who has met needs no tracker.
    await second.until("they go on sharing", ({ peers, given }) => peers + given > before.peers + before.given);
    await first.plays();
  });

  test("no STUN server", async (t) => {
    const [first, second] = [await open(t, { stun: nowhere }), await open(t, { stun: nowhere })];
    await first.plays();
    await second.until("they share", ({ peers, given }) => peers + given > 0);
    await second.plays();
  });

  test("the origin refuses segments to one who has peers", async (t) => {
    const first = await open(t);
    const second = await open(t);
    await second.until("they share", ({ peers, given }) => peers + given > 0);
    const allow = second.proxy.rule(SEGMENTS, { status: 503 });
    const { peers } = await second.seen();
    await second.until("it takes all from the first", (seen) => seen.peers > peers + 300_000);
    allow();
    await second.plays();
    await first.plays();
  });
});

/** A port that was free a moment ago, for TCP and UDP. */
async function closedPort() {
  const socket = dgram.createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return port;
}
