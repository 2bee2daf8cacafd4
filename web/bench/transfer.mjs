// What a transfer between two viewers costs the main threads of their pages: our
// core and npm's by turns, with the same viewer at the other end. Thread time, not
// wall time, so that what else runs on the machine counts little. At first, what a
// page holds after much more than its storage takes. ROUNDS=7 by default.

import { startBrowser } from "../test/lib/browser.mjs";
import { startServer } from "../test/lib/server.mjs";
import { NPM_CORE, ourCore, startSite } from "../test/lib/site.mjs";
import { startSizes } from "../test/lib/sizes.mjs";
import { until } from "../test/lib/until.mjs";
import { measure, median, report } from "./lib.mjs";

const rounds = Number(process.env.ROUNDS ?? 7);
const MB = 1e6;
/** Segments that a page loads before it is measured: code gets compiled meanwhile. */
const WARM_UP = 48;
const IDLE_MS = 500;
/** What a page is given, and what it may keep of that. */
const KEEP_AFTER = 300;
const KEEP_MIB = 64;

/** A page that loads segments, and what its main thread has done. */
class Viewer {
  constructor(context, page, protocol) {
    Object.assign(this, { context, page, protocol });
  }

  load(...args) {
    return this.page.evaluate((args) => window.load(...args), args);
  }

  /** Milliseconds of processor time that the main thread has taken so far. */
  async threadTime() {
    await this.protocol.send("Performance.enable", { timeDomain: "threadTicks" });
    const { metrics } = await this.protocol.send("Performance.getMetrics");
    return 1000 * metrics.find(({ name }) => name === "ThreadTime").value;
  }

  /** The share of its time that the main thread takes while nothing is asked of it. */
  async idleRate() {
    const before = await this.threadTime();
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    return ((await this.threadTime()) - before) / IDLE_MS;
  }

  /** Bytes of array buffers that are left after JavaScript's own garbage collection. */
  async heldBytes() {
    await this.protocol.send("HeapProfiler.collectGarbage");
    return (await this.protocol.send("Runtime.getHeapUsage")).backingStorageSize;
  }

  close() {
    return this.context.close();
  }
}

await measure(async (t) => {
  const server = await startServer(t);
  const origin = await startSizes(t);
  const site = await startSite(t);
  const { browser } = await startBrowser(t);
  const cores = { ours: ourCore(server.url), npm: NPM_CORE };

  /** Opens a viewer; `settings` are the Core's. */
  async function open(core, segmentBytes, swarmId, settings) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(
      site.page({
        script: "transfer",
        core: cores[core],
        segmentBytes,
        manifest: `${origin}/${segmentBytes}/stream.m3u8`,
        p2p: {
          swarmId,
          announceTrackers: [server.tracker],
          rtcConfig: { iceServers: [] },
          ...settings,
        },
      }),
    );
    await until("the page is ready", () => page.evaluate(() => typeof window.load === "function"));
    return new Viewer(context, page, await context.newCDPSession(page));
  }

  /** A viewer that holds `count` segments. */
  async function openGiver(core, segmentBytes, count) {
    const swarm = `${core} gives ${segmentBytes}`;
    const giver = await open(core, segmentBytes, swarm, {});
    await giver.load(0, count, true);
    return { swarm, viewer: giver };
  }

  const taking = (core, segmentBytes, swarm, settings) =>
    open(core, segmentBytes, swarm, {
      simultaneousHttpDownloads: 0,
      httpDownloadTimeWindow: 0,
      httpDownloadInitialTimeoutMs: 60_000,
      ...settings,
    });

  /** Milliseconds of the main threads of both ends for each megabyte. */
  async function transfer(core, giver, segmentBytes, count) {
    const taker = await taking(core, segmentBytes, giver.swarm);
    await taker.load(0, WARM_UP);
    const ends = { taken: taker, given: giver.viewer };
    const idle = {};
    for (const end in ends) idle[end] = await ends[end].idleRate();
    const before = {};
    for (const end in ends) before[end] = await ends[end].threadTime();
    const began = performance.now();
    const bytes = await taker.load(WARM_UP, count);
    const wall = performance.now() - began;
    const cost = {};
    for (const end in ends) {
      cost[end] = ((await ends[end].threadTime()) - before[end] - idle[end] * wall) / (bytes.p2p / MB);
    }
    if (bytes.http > 0) throw new Error(`${bytes.http} bytes came from the origin`);
    await taker.close();
    return cost;
  }

  console.log(`\nArray buffers of a page after ${KEEP_AFTER} MB in segments of 1 MB, storage limit ${KEEP_MIB} MiB`);
  const giver = await openGiver("npm", 1e6, KEEP_AFTER);
  const taker = await taking("ours", 1e6, giver.swarm, { segmentMemoryStorageLimit: KEEP_MIB });
  await taker.load(0, KEEP_AFTER, true);
  report("held at last", `${(await taker.heldBytes() / MB).toFixed(0)} MB`, "aim: within 128 MiB of the limit");
  await taker.close();
  await giver.viewer.close();

  const table = [];
  for (const [segmentBytes, count] of [[1e6, 112], [200e3, 248]]) {
    const npm = await openGiver("npm", segmentBytes, count);
    const ours = await openGiver("ours", segmentBytes, count);
    const costs = { ours: [], npm: [], oursGives: [] };
    for (let i = 0; i < rounds; i++) {
      costs.ours.push(await transfer("ours", npm, segmentBytes, count));
      costs.npm.push(await transfer("npm", npm, segmentBytes, count));
      costs.oursGives.push(await transfer("npm", ours, segmentBytes, count));
    }
    await npm.viewer.close();
    await ours.viewer.close();

    const all = (core, what) => costs[core].map((cost) => cost[what]);
    for (const [what, mine, theirs, aim] of [
      ["received", all("ours", "taken"), all("npm", "taken"), "at most 1.00"],
      ["sent", all("oursGives", "given"), all("npm", "given"), ""],
    ]) {
      table.push([
        `${what}, segments of ${segmentBytes / 1000} kB`,
        figure(mine),
        figure(theirs),
        // Of each round by itself: what else the machine does changes more slowly.
        median(mine.map((time, round) => time / theirs[round])).toFixed(2),
        aim,
      ]);
    }
  }
  console.log(`\nMain-thread time between two pages, ms for each MB: median (least to most) of ${rounds} rounds`);
  for (const row of [["", "our core", "npm 2.3.1", "ratio", "aim"], ...table]) {
    console.log(row.map((text, column) => text.padEnd([32, 24, 24, 8, 0][column])).join("").trimEnd());
  }
});

/** Some times, in ms, as the table shows them. */
function figure(times) {
  return `${median(times).toFixed(2)} (${Math.min(...times).toFixed(2)} to ${Math.max(...times).toFixed(2)})`;
}
