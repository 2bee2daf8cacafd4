// What a page says about its connections: its rtcConfig, and what it has put in
// the place of RTCPeerConnection. And what it hears when they break.

import assert from "node:assert/strict";
import test, { after } from "node:test";
import { startBrowser } from "./lib/browser.mjs";
import { startServer } from "./lib/server.mjs";
import { NPM_CORE, ourCore, startSite } from "./lib/site.mjs";

const file = { after };
const site = await startSite(file);
const browser = await startBrowser(file);

async function open(t, server, { core = ourCore(server.url), before, ...p2p }) {
  const setup = {
    core,
    stream: `${server.url}/hls/master.m3u8`,
    hls: { liveSyncDurationCount: 8 },
    p2p: { swarmId: t.name, announceTrackers: p2p.announceTrackers ?? [server.tracker], rtcConfig: p2p.rtcConfig },
  };
  return browser.open(t, site.page(setup), { before });
}

/** Runs in a page: puts a class of the page's in the place of RTCPeerConnection. */
function wrap() {
  const Browsers = window.RTCPeerConnection;
  class Pages extends Browsers {
    constructor(...args) {
      super(...args);
      window.made.push({ connection: this, args });
    }
  }
  window.made = [];
  Object.defineProperty(window, "RTCPeerConnection", { value: Pages, enumerable: true });
  window.usual = Object.getOwnPropertyDescriptor(window, "RTCPeerConnection");
  window.configure = async ({ rtcConfig }) => {
    window.certificate = await Browsers.generateCertificate({ name: "ECDSA", namedCurve: "P-256" });
    rtcConfig.certificates = [window.certificate];
  };
}

test("a page's rtcConfig reaches the page's own RTCPeerConnection untouched", async (t) => {
  const rtcConfig = {
    iceServers: [{ urls: "turn:127.0.0.1:9?transport=tcp", username: "u", credential: "c" }],
    iceTransportPolicy: "relay",
    bundlePolicy: "max-compat",
    iceCandidatePoolSize: 1,
    laterInvention: { depth: 3 },
  };
  const server = await startServer(t);
  const viewer = await open(t, server, { rtcConfig, before: wrap });
  await viewer.plays();
  const announced = async () => (await (await fetch(`${server.url}/stats.json`)).json()).peersCount === 1;
  await viewer.until("it has announced itself", announced);
  const { made, usual } = await viewer.page.evaluate(() => {
    const { value, ...flags } = Object.getOwnPropertyDescriptor(window, "RTCPeerConnection");
    return {
      made: window.made.map(({ connection, args: [{ certificates, ...given }, ...more] }) => {
        const { iceServers, iceTransportPolicy, bundlePolicy, iceCandidatePoolSize, certificates: used } =
          connection.getConfiguration();
        return {
          given,
          more,
          certificate: certificates.length === 1 && certificates[0] === window.certificate,
          used: { iceServers, iceTransportPolicy, bundlePolicy, iceCandidatePoolSize },
          usedCertificate: used.length === 1 && used[0].getFingerprints()[0].value === window.certificate.getFingerprints()[0].value,
        };
      }),
      usual: value === window.usual.value && JSON.stringify(flags) === JSON.stringify(window.usual),
    };
  });
  assert.ok(made.length >= 5, `${made.length} connections`);
  for (const { given, more, certificate, used, usedCertificate } of made) {
    assert.deepEqual(given, rtcConfig);
    assert.deepEqual(more, []);
    assert.ok(certificate && usedCertificate);
    const { iceTransportPolicy, bundlePolicy, iceCandidatePoolSize } = rtcConfig;
    const iceServers = [{ urls: ["turn:127.0.0.1:9?transport=tcp"], username: "u", credential: "c" }];
    assert.deepEqual(used, { iceServers, iceTransportPolicy, bundlePolicy, iceCandidatePoolSize });
  }
  assert.ok(usual, "RTCPeerConnection is not what the page made of it");
});

test("an rtcConfig that the browser refuses leaves HTTP, and says so once", async (t) => {
  const server = await startServer(t);
  const viewer = await open(t, server, { rtcConfig: { iceServers: [{ urls: "nonsense:" }] } });
  const warned = ({ events }) => events.filter((line) => line.includes("tracker warning"));
  await viewer.until("the page is warned", (seen) => warned(seen).length > 0);
  const seen = await viewer.plays(5);
  assert.equal(warned(seen).length, 1, await viewer.report());
  assert.match(warned(seen)[0], /HTTP alone: .*nonsense/);
  assert.deepEqual(seen.connected, []);
  assert.ok(seen.segments.every(({ by }) => by === "engine"), await viewer.report());
  const stats = await (await fetch(`${server.url}/stats.json`)).json();
  assert.equal(stats.peersCount, 0, JSON.stringify(stats));
});

for (const [name, core] of [["npm's core", () => NPM_CORE], ["ours", ourCore]]) {
  for (const [how, end, code, message] of [
    ["hangs up", (page) => page.evaluate(() => made.forEach((connection) => connection.close())), "ERR_DATA_CHANNEL", /^User-Initiated Abort, reason=Close called$/],
    ["is silent", (page) => page.close(), "ERR_CONNECTION_FAILURE", /^connection failed\.?$/i],
  ]) {
    test(`${name} tells of the error when a peer ${how}`, async (t) => {
      const server = await startServer(t);
      const rtcConfig = { iceServers: [] };
      const first = await open(t, server, { core: core(server.url), rtcConfig, before: notePeers });
      await first.plays();
      const second = await open(t, server, { rtcConfig, before: keepConnections });
      const { connected: [peerId] } = await first.until("they have met", ({ connected }) => connected.length === 1);
      await end(second.page);
      const heard = () => first.page.evaluate(() => window.heard);
      await first.until("it has heard of it", async () => (await heard()).some(({ error }) => error));
      await first.plays();
      const all = await heard();
      t.diagnostic(JSON.stringify(all));
      const errors = all.filter(({ error }) => error);
      assert.equal(errors.length, 1);
      assert.deepEqual({ ...errors[0], message: undefined }, { error: true, peerId, streamType: "main", code, message: undefined });
      assert.match(errors[0].message, message);
      if (name === "ours") assert.deepEqual(all.map(({ error }) => error), [true, false], "the error, then that it is gone");
    });
  }
}

/** Runs in a page: lets a test have its connections. */
function keepConnections() {
  window.made = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...args) {
      super(...args);
      window.made.push(this);
    }
  };
}

/** Runs in a page: writes down what is told of peers. */
function notePeers() {
  window.heard = [];
  document.addEventListener("DOMContentLoaded", () => {
    const waiting = setInterval(() => {
      if (!window.viewer) return;
      clearInterval(waiting);
      const { engine } = window.viewer;
      engine.addEventListener("onPeerError", ({ peerId, streamType, error }) => {
        window.heard.push({ error: error instanceof Error, peerId, streamType, code: error.code, message: error.message });
      });
      engine.addEventListener("onPeerClose", ({ peerId, streamType }) => window.heard.push({ error: false, peerId, streamType }));
    });
  });
}

for (const [name, core] of [["npm's core", () => NPM_CORE], ["ours", ourCore]]) {
  test(`${name} warns of each address where there is no tracker`, async (t) => {
    const server = await startServer(t);
    const announceTrackers = ["::nonsense", "udp://tracker.test:80", "ws://127.0.0.1:9/", "ws://127.0.0.1:9"];
    const viewer = await open(t, server, { core: core(server.url), announceTrackers, rtcConfig: { iceServers: [] } });
    const warned = ({ events }) => events.filter((line) => line.includes("tracker ")).map((line) => line.slice(line.indexOf(" ") + 1));
    const seen = await viewer.until("it has warned of all", (seen) => warned(seen).length >= 3);
    const expected = [/Invalid tracker URL: ::nonsense$/, /Unsupported tracker protocol: udp:\/\/tracker\.test:80$/, /Error connecting to ws:\/\/127\.0\.0\.1:9$/];
    for (const [i, pattern] of expected.entries()) {
      assert.match(warned(seen)[i], pattern);
      assert.match(warned(seen)[i], /^tracker warning /);
    }
  });
}
