// Pages that give each other segments, and what that costs their main threads.
// Thread time, not wall time, so that what else runs on the machine counts little.

import { startBrowser } from "../../test/lib/browser.mjs";
import { startServer } from "../../test/lib/server.mjs";
import { NPM_CORE, ourCore, startSite } from "../../test/lib/site.mjs";
import { until } from "../../test/lib/until.mjs";

export const MB = 1e6;
/** Segments that a page loads before it is measured: code gets compiled meanwhile. */
const WARM_UP = 48;
const IDLE_MS = 500;
/** Its pages are not secure, though they are of this machine. */
const LAN = "lan.test";

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

/** Opens pages; what it starts ends with `t`. */
export class Pages {
  static async start(t) {
    const server = await startServer(t);
    const site = await startSite(t);
    const { browser } = await startBrowser(t, [`--host-resolver-rules=MAP ${LAN} 127.0.0.1`]);
    return Object.assign(new Pages(), { server, site, browser, cores: { ours: ourCore(server.url), npm: NPM_CORE } });
  }

  /**
   * Opens a viewer.
   *
   * @param core "ours" or "npm".
   * @param origin the address of startSizes.
   * @param settings the Core's.
   * @param insecure whether the page is one without WebCrypto.
   */
  async open({ core, origin, segmentBytes, swarmId, settings, insecure = false }) {
    const context = await this.browser.newContext();
    const page = await context.newPage();
    const url = new URL(this.site.page({
      script: "transfer",
      core: this.cores[core],
      segmentBytes,
      manifest: `${origin}/${segmentBytes}/stream.m3u8`,
      p2p: {
        swarmId,
        announceTrackers: [this.server.tracker],
        rtcConfig: { iceServers: [] },
        ...settings,
      },
    }));
    if (insecure) url.hostname = LAN;
    await page.goto(url.href);
    await until("the page is ready", () => page.evaluate(() => typeof window.load === "function"));
    if ((await page.evaluate(() => isSecureContext)) === insecure) throw new Error(`${url.origin} is not what it should be`);
    return new Viewer(context, page, await context.newCDPSession(page));
  }

  /** A viewer that holds `count` segments. */
  async openGiver({ core, origin, segmentBytes, count }) {
    const swarmId = `${core} gives ${segmentBytes} of ${origin}`;
    const viewer = await this.open({ core, origin, segmentBytes, swarmId });
    await viewer.load(0, count, true);
    return { swarmId, viewer, origin, segmentBytes, count };
  }

  /** A viewer that takes from the giver alone; `more` as for `open`. */
  openTaker(core, { swarmId, origin, segmentBytes }, { settings, ...more } = {}) {
    return this.open({
      core, origin, segmentBytes, swarmId, ...more,
      settings: {
        simultaneousHttpDownloads: 0,
        httpDownloadTimeWindow: 0,
        httpDownloadInitialTimeoutMs: 60_000,
        ...settings,
      },
    });
  }

  /**
   * Has a new viewer take what the giver holds.
   *
   * @returns milliseconds of the main threads of both ends for each megabyte.
   */
  async transfer(core, giver, more) {
    const taker = await this.openTaker(core, giver, more);
    await taker.load(0, WARM_UP);
    const ends = { taken: taker, given: giver.viewer };
    const idle = {};
    for (const end in ends) idle[end] = await ends[end].idleRate();
    const before = {};
    for (const end in ends) before[end] = await ends[end].threadTime();
    const began = performance.now();
    const bytes = await taker.load(WARM_UP, giver.count);
    const wall = performance.now() - began;
    const cost = {};
    for (const end in ends) {
      cost[end] = ((await ends[end].threadTime()) - before[end] - idle[end] * wall) / (bytes.p2p / MB);
    }
    if (bytes.http > 0) throw new Error(`${bytes.http} bytes came from the origin`);
    await taker.close();
    return cost;
  }
}
