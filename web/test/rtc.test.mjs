// What a page says about its connections: its rtcConfig, and what it has put in
// the place of RTCPeerConnection.

import assert from "node:assert/strict";
import test from "node:test";
import { startBrowser } from "./lib/browser.mjs";
import { startServer } from "./lib/server.mjs";
import { ourCore, startSite } from "./lib/site.mjs";

async function open(t, { rtcConfig, before }) {
  const server = await startServer(t);
  const site = await startSite(t);
  const browser = await startBrowser(t);
  const setup = {
    core: ourCore(server.url),
    stream: `${server.url}/hls/master.m3u8`,
    hls: { liveSyncDurationCount: 8 },
    p2p: { swarmId: t.name, announceTrackers: [server.tracker], rtcConfig },
  };
  return { server, viewer: await browser.open(t, site.page(setup), { before }) };
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
  const { server, viewer } = await open(t, { rtcConfig, before: wrap });
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
  const { server, viewer } = await open(t, { rtcConfig: { iceServers: [{ urls: "nonsense:" }] } });
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
