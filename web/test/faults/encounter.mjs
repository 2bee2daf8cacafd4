// A viewer that plays, and peers that mean no good.

import assert from "node:assert/strict";
import { heapUsage } from "../lib/held.mjs";
import { until } from "../lib/until.mjs";

/** With npm's defaults a viewer at that distance from live asks the origin alone. */
export const p2p = { highDemandTimeWindow: 4 };
/** What a page may hold at last, in MB. */
const MOST_HELD = 100;

/** Runs in a page: keeps the swarm that it announces itself in, and the module's memory. */
function follow() {
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (message) {
    window.infoHash ??= JSON.parse(message).info_hash;
    send.call(this, message);
  };
  const { instantiate } = WebAssembly;
  window.moduleBytes = () => 0;
  WebAssembly.instantiate = async (...args) => {
    const made = await instantiate(...args);
    window.moduleBytes = () => made.exports.mem.buffer.byteLength;
    return made;
  };
}

/** What a page holds after JavaScript's own garbage collection, in MB: objects, buffers and the module's memory. */
async function held({ page }) {
  const { usedSize, backingStorageSize } = await heapUsage(page);
  return (usedSize + backingStorageSize + (await page.evaluate(() => window.moduleBytes()))) / 1e6;
}

/** How long other cores get to notice. */
const WATCHED_S = 10;

/** A viewer that plays, and liars of in-page/hostile.js whom it meets. */
export class Encounter {
  static async begin(stage, ...liars) {
    const viewer = await stage.open({ before: follow, p2p });
    const { stood } = await viewer.plays();
    const setup = {
      script: "hostile",
      tracker: stage.server.tracker,
      infoHash: await viewer.page.evaluate(() => window.infoHash),
      stream: `${stage.server.url}/hls/180p/`,
      liars,
    };
    const { page } = await stage.browser.open(stage.t, stage.site.page(setup));
    return Object.assign(new Encounter(), { stage, viewer, page, stood });
  }

  /** What has come of the liars so far. */
  told() {
    return this.page.evaluate(() => window.told());
  }

  /** Waits until all liars satisfy, with our core. */
  async until(what, satisfies) {
    if (this.stage.loader !== "ours") return this.viewer.plays(WATCHED_S);
    const report = async () => `${JSON.stringify(await this.told(), undefined, 2)}\n${await this.viewer.report()}`;
    return until(what, async () => (await this.told()).every(satisfies), report);
  }

  /**
   * The figures, once the viewer has played on.
   *
   * @param cutOff names the liars that it must have left, with our core, and no others,
   *   each with a peer error, of this `code` if one is given; undefined leaves that open.
   */
  async figures(cutOff, code = "") {
    await this.viewer.plays();
    const liars = await this.told();
    const { byPeer, stood, events } = await this.viewer.seen();
    const holds = await held(this.viewer);
    const gone = liars.filter(({ left }) => left).map(({ name }) => name);
    if (this.stage.loader === "ours") {
      assert.ok(holds < MOST_HELD, `the page holds ${holds} MB`);
      const isTold = ({ id }) => events.some((line) => line.includes(`peer error ${id} ${code}`));
      assert.deepEqual(cutOff && gone, cutOff, await this.viewer.report());
      assert.deepEqual(cutOff && liars.filter(isTold).map(({ name }) => name), cutOff, await this.viewer.report());
    }
    return {
      "the picture stood still, s": stood - this.stood,
      "peers cut off": `${gone.length} of ${liars.length}`,
      "bytes of theirs that were taken, kB": liars.reduce((sum, { id }) => sum + (byPeer[id]?.taken ?? 0), 0) / 1000,
      "the page holds, MB": holds,
    };
  }
}
