// What becomes of a page: it goes and comes back, sleeps, loses its network, is
// hidden, and loses the module.

import { join } from "node:path";
import { startBrowser } from "../lib/browser.mjs";
import * as places from "../lib/places.mjs";
import { SEGMENTS, startProxy } from "../lib/proxy.mjs";
import { pause, timed, until } from "../lib/until.mjs";

// npm's core asks the origin for all that plays within 15 s, which is nearly the
// whole of the stream's window: nothing would be shared.
const patient = { p2p: { highDemandTimeWindow: 4 } };

const shared = ({ peers, given }) => peers + given;

/** Opens a viewer that others can take from, and one that does, where the loader has peers. */
async function open(stage, { giver: giverOptions, viewer: viewerOptions } = {}) {
  const hasPeers = stage.loader !== "plain";
  const giver = hasPeers ? await stage.open({ ...patient, ...giverOptions }) : undefined;
  await giver?.plays(1);
  const viewer = await stage.open({ ...patient, ...viewerOptions });
  if (hasPeers) await viewer.until("they share", (seen) => shared(seen) > 0);
  await viewer.plays(1);
  return { giver, viewer };
}

/**
 * What is seen from now on of a viewer that was away, and is back. Both figures
 * are from now on; `before` is what was seen of it the last time.
 */
async function recovers(viewer, giver, before) {
  const [plays, shares] = await Promise.all([
    timed(viewer.until("it plays on", ({ frames, time }) => frames > before.frames && time > 0)),
    giver && timed(viewer.until("it shares again", (seen) => shared(seen) > shared(before))),
  ]);
  await viewer.plays();
  await giver?.plays(1);
  return { "plays again after, s": plays, ...(giver && { "shares again after, s": shares }) };
}

/**
 * Has something happen to what a viewer is connected to, and watches until the
 * viewer has noticed; without one, it only happens.
 */
async function noticing(viewer, happen) {
  if (!viewer) return happen();
  const { connected: [peer] } = await viewer.seen();
  const [figures, noticed] = await Promise.all([
    happen(),
    timed(viewer.until("it is noticed", ({ connected }) => !connected.includes(peer))),
  ]);
  return { ...figures, "the other has noticed after, s": noticed };
}

/** Runs in a page: its own listeners do not want anybody else to hear. */
function keepToItself() {
  for (const name of ["pagehide", "pageshow", "freeze", "resume"]) {
    addEventListener(name, (event) => {
      event.stopImmediatePropagation();
      throw new Error(`of the page, on ${name}`);
    });
  }
}

export default [
  {
    name: "the page goes away and comes back (back/forward cache)",
    told: / peer gone /,
    async run(stage) {
      const { giver, viewer } = await open(stage, { viewer: { before: keepToItself } });
      const { page } = viewer;
      await page.evaluate(() => (window.kept = true));
      const before = await viewer.seen();
      return noticing(giver, async () => {
        await page.goto(`${stage.server.url.replace("127.0.0.1", "localhost")}/healthz`);
        await pause(3);
        await page.goBack({ waitUntil: "commit" });
        const kept = await page.evaluate(() => window.kept === true);
        if (stage.loader === "ours" && !kept) {
          const { notRestoredReasons } = await page.evaluate(() => performance.getEntriesByType("navigation")[0].toJSON());
          throw new Error(`the page was not kept: ${JSON.stringify(notRestoredReasons)}`);
        }
        const figures = await recovers(viewer, giver, kept ? before : { frames: 0, peers: 0, given: 0 });
        return { "the page was kept": kept ? "yes" : "no", ...figures };
      });
    },
  },
  {
    name: "the machine sleeps for 15 s",
    told: / peer gone /,
    async run(stage) {
      const machine = await startBrowser(stage.t);
      const { giver, viewer } = await open(stage, { viewer: { browser: machine } });
      const before = await viewer.seen();
      return noticing(giver, async () => {
        await machine.sleep(15);
        return recovers(viewer, giver, before);
      });
    },
  },
  {
    // WebRTC is not: what a page is told and what its HTTP and its tracker do.
    name: "the network is gone for 10 s, but for what leads to peers",
    told: / peer gone /, // whether anything is asked of the origin meanwhile is chance
    async run(stage) {
      const proxy = await startProxy(stage.t, stage.server.url);
      const { giver, viewer } = await open(stage, {
        viewer: { proxy, tracker: stage.loader === "plain" ? undefined : proxy.url.replace("http", "ws") },
      });
      const protocol = await viewer.page.context().newCDPSession(viewer.page);
      const network = (offline) => protocol.send("Network.emulateNetworkConditions", {
        offline, latency: 0, downloadThroughput: -1, uploadThroughput: -1,
      });
      const resume = proxy.stall();
      await network(true);
      await pause(10);
      const before = await viewer.seen();
      resume();
      await network(false);
      const figures = await recovers(viewer, giver, before);
      return { ...figures, "the picture stood still, s": (await viewer.seen()).stood };
    },
  },
  {
    name: "the viewer that gives is hidden",
    loaders: ["ours", "npm"],
    async run(stage) {
      const giver = await stage.open({ ...patient, tab: true });
      await giver.plays(1);
      await giver.page.context().pages()[0].bringToFront();
      await giver.until("it is hidden", ({ visible }) => !visible);
      const viewer = await stage.open(patient);
      await viewer.until("it has 11 segments", ({ segments }) => segments.length >= 11);
      const { segments } = await viewer.plays();
      const played = segments.reduce((sum, { size }) => sum + size, 0);
      const sent = viewer.proxy.bytes(SEGMENTS);
      // Each may fetch for both: how many leave twice tells whether the hidden one gives.
      const paths = segments.map(({ url }) => new URL(url).pathname);
      const twice = paths.filter((path) => giver.proxy.sent.has(path) && viewer.proxy.sent.has(path)).length;
      if (twice > paths.length / 2) throw new Error(`${twice} of ${paths.length} segments left the origin twice\n${await viewer.report()}`);
      if ((await giver.seen()).visible) throw new Error("it was not hidden");
      return { "of its bytes from the other, %": 100 * (1 - sent / played) };
    },
  },
  {
    name: "the module dies in the midst of a download from a peer",
    told: / no peer-to-peer on this page/,
    alone: true,
    loaders: ["ours"],
    async run(stage) {
      const giver = await stage.open({ hls: { liveSyncDurationCount: 4 } });
      await giver.plays(1);
      const ways = ["panic", "trap", "memory"];
      const viewers = await Promise.all(ways.map(() => openToBreak(stage)));
      const left = (await openSockets(stage.server)) - viewers.length;
      await Promise.all(viewers.map((viewer, i) => viewer.page.evaluate((way) => window.breakModuleWhileTaking(way), ways[i])));
      await Promise.all(viewers.map(losesModule));
      await until("the tracker knows of it", async () => (await openSockets(stage.server)) === left);
      await giver.until("it has noticed", ({ connected }) => connected.length === 0);
      const stood = await Promise.all(viewers.map(goesOnAlone));
      await giver.plays(1);
      return { "the picture stood still, s": Math.max(...stood) };
    },
  },
];

/** How many WebSockets the tracker has open. */
async function openSockets(server) {
  const { servers } = await (await fetch(`${server.url}/stats.json`)).json();
  return servers[0].webSocketsCount;
}

/** Opens a viewer that takes from others, and whose module can be made to break as soon as it takes more. */
async function openToBreak(stage) {
  const viewer = await stage.open({ before: { path: join(places.lib, "in-page/break-module.js") } });
  await viewer.until("it takes", ({ peers, frames }) => peers > 0 && frames > 0);
  return viewer;
}

const told = (lines) => lines.filter((line) => line.includes("no peer-to-peer on this page")).length;

async function losesModule(viewer) {
  const { connected } = await viewer.until("the page is told", ({ events }) => told(events) > 0);
  if (connected.length > 0) throw new Error(`it still has peers: ${connected}`);
}

/** Gives the seconds for which the picture has stood still. */
async function goesOnAlone(viewer) {
  const sent = viewer.proxy.bytes(SEGMENTS);
  await viewer.until("the origin serves it alone", () => viewer.proxy.bytes(SEGMENTS) > sent);
  const { stood, events } = await viewer.plays();
  if (told(events) !== 1 || told(viewer.lines) !== 1) throw new Error(`the page is to be told once\n${await viewer.report()}`);
  // Its timers and listeners must not call into what is gone.
  if (viewer.lines.some((line) => line.includes("already exited"))) throw new Error(await viewer.report());
  // The engine destroys its Core and uses it again.
  await viewer.page.evaluate(() => window.viewer.hls.loadSource(window.viewer.hls.url));
  await viewer.plays(1);
  return stood;
}
