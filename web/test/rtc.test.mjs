// What a page says about its connections: its rtcConfig, and what it has put in
// the place of RTCPeerConnection. And what it hears when they break.

import assert from "node:assert/strict";
import test, { after, describe } from "node:test";
import { startBrowser } from "./lib/browser.mjs";
import { startServer } from "./lib/server.mjs";
import { NPM_CORE, ourCore, startSite } from "./lib/site.mjs";

const file = { after };
const site = await startSite(file);
const browser = await startBrowser(file);

async function open(t, server, { core = ourCore(server.url), before, window = browser, ...p2p }) {
  const setup = {
    core,
    stream: `${server.url}/hls/master.m3u8`,
    hls: { liveSyncDurationCount: 8 },
    p2p: { swarmId: t.name, announceTrackers: [server.tracker], ...p2p },
  };
  return window.open(t, site.page(setup), { before });
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

test("messages of no length, set while playing, are refused with a warning, and peers are served", async (t) => {
  const server = await startServer(t);
  const rtcConfig = { iceServers: [] };
  const first = await open(t, server, { rtcConfig, before: noteWarnings });
  await first.plays();
  await first.page.evaluate(() => {
    for (const webRtcMaxMessageSize of [0, -1, null, Number.NaN, "x", 0]) {
      window.viewer.engine.applyDynamicConfig({ core: { webRtcMaxMessageSize, p2pDownloadTimeWindow: Infinity } });
    }
  });
  const second = await open(t, server, { rtcConfig });
  await second.until("it takes from the first", ({ peers }) => peers > 0);
  await second.plays();
  await first.plays();
  const warnings = await first.page.evaluate(() => window.warnings);
  const about = (value) => `p2p-mediastream: webRtcMaxMessageSize cannot be ${value}: the default is used`;
  assert.deepEqual(warnings, [about("0"), about("-1"), about("NaN")]);
});

/** Runs in a page: keeps what the console warns of. */
function noteWarnings() {
  window.warnings = [];
  console.warn = (text) => window.warnings.push(text);
}

// Most of their time goes by until the browser takes a silent peer for lost.
describe("a connection breaks", { concurrency: 3 }, () => {
  for (const [name, core] of [["npm's core", () => NPM_CORE], ["ours", ourCore]]) {
    for (const [how, end, code, message] of [
      ["hangs up", (first, second) => second.page.evaluate(hangUp), "ERR_DATA_CHANNEL", "User-Initiated Abort, reason=Close called"],
      ["is silent", (first, second, own) => own.crash(), "ERR_CONNECTION_FAILURE", "Connection failed."],
      // Not every browser tells of the two in Chromium's order.
      ["is silent, by ICE", (first) => first.page.evaluate(failByICE), "ERR_ICE_CONNECTION_FAILURE", "Ice connection failed."],
    ]) {
      test(`${name} tells of the error when a peer ${how}`, async (t) => {
        const server = await startServer(t);
        const rtcConfig = { iceServers: [] };
        const first = await open(t, server, { core: core(server.url), rtcConfig, before: follow });
        await first.plays();
        // It gives nothing: of a peer that owes something more is heard sooner.
        const own = await startBrowser(t);
        const second = await open(t, server, { rtcConfig, before: follow, window: own, isP2PUploadDisabled: true });
        const { connected: [peerId] } = await first.until("they have met", ({ connected }) => connected.length === 1);
        await end(first, second, own);
        const heard = () => first.page.evaluate(() => window.heard);
        await first.until("it has heard of it", async () => (await heard()).some(({ error }) => error));
        await first.plays();
        const all = await heard();
        t.diagnostic(JSON.stringify(all));
        const errors = all.filter(({ error }) => error);
        assert.equal(errors.length, 1);
        assert.deepEqual(errors[0], { error: true, peerId, streamType: "main", code, message });
        if (name === "ours") assert.deepEqual(all.map(({ error }) => error), [true, false], "the error, then that it is gone");
      });
    }
  }
});

/** Runs in a page: closes its connections. */
function hangUp() {
  window.made.forEach((connection) => connection.close());
}

/** Runs in a page: has those that are connected say that ICE has failed. */
function failByICE() {
  for (const connection of window.made.filter(({ connectionState }) => connectionState === "connected")) {
    Object.defineProperty(connection, "iceConnectionState", { value: "failed" });
    connection.dispatchEvent(new Event("iceconnectionstatechange"));
  }
}

/** Runs in a page: keeps its connections, and writes down what is told of peers. */
function follow() {
  window.made = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...args) {
      super(...args);
      window.made.push(this);
    }
  };
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

describe("a channel of the page's own", { concurrency: 2 }, () => {
  for (const property of ["binaryType", "bufferedAmountLowThreshold"]) {
    test(`one whose ${property} throws costs that connection and no more`, async (t) => {
      const server = await startServer(t);
      const rtcConfig = { iceServers: [] };
      const first = await open(t, server, { rtcConfig, before: spoilChannels });
      await first.plays();
      await first.page.evaluate((property) => (window.spoilt = property), property);
      const second = await open(t, server, { rtcConfig });
      const warned = ({ events }) => events.filter((line) => line.includes("tracker warning connection to"));
      await first.until("the page is warned", (seen) => warned(seen).length > 0);
      assert.match(warned(await first.seen())[0], /the page's own error$/);
      // The core is well: without what spoils it, it connects.
      await first.page.evaluate(() => (window.spoilt = undefined));
      await first.until("they have met", ({ connected }) => connected.length === 1);
      await second.plays();
    });
  }
});

/** Runs in a page: channels that others open throw where they are set up. */
function spoilChannels() {
  window.RTCPeerConnection = class extends RTCPeerConnection {
    set ondatachannel(told) {
      super.ondatachannel = told && ((event) => {
        if (window.spoilt) {
          Object.defineProperty(event.channel, window.spoilt, {
            set() {
              throw new Error("the page's own error");
            },
          });
        }
        told(event);
      });
    }
  };
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
