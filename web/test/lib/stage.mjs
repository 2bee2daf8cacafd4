// Where a fault is played out: viewers of one swarm with the loader under test,
// and a site, a server and a browser for them. The tests play each fault with our
// core; `make bench` plays it with npm's core and with hls.js alone beside it.

import { startProxy } from "./proxy.mjs";
import { NPM_CORE, ourCore } from "./site.mjs";

/** Who loads segments, by the names of the table's columns. */
export const LOADERS = {
  ours: { title: "ours", core: ourCore },
  npm: { title: "npm 2.3.1", core: () => NPM_CORE },
  plain: { title: "hls.js alone", core: () => NPM_CORE, plain: true }, // the page imports it and leaves it
};

/**
 * One fault and one loader.
 *
 * A fault is `{ name, loaders?, alone?, told?, run }`. `loaders` names those that it can
 * happen to, all by default: hls.js alone has no peers. `alone` is one that is about
 * load or times, or counts what all faults share: no other is played beside it.
 * `told` is what a page hears of it with our core: a line of observe.js's events.
 * `run(stage)` makes it happen, throws where the viewer is not as well off after it
 * as it has to be, and gives figures by their names: `{ "the picture stood still, s": 0.4 }`.
 * After all of them comes Stage.truth.
 */
export class Stage {
  /**
   * @param t ends what the stage starts.
   * @param loader one of LOADERS' names.
   * @param parts `browser`, `site` and `server`, which faults share.
   */
  constructor(t, name, loader, { browser, site, server }) {
    Object.assign(this, { t, loader, browser, site, server });
    /** Viewers of one stage alone share a swarm. */
    this.swarmId = `${name}, ${loader}`;
    /** All that were opened. */
    this.viewers = [];
  }

  /**
   * Opens a viewer of the server's live test card, behind a proxy of its own.
   *
   * @param options `proxy`, where it is made before; `stream`, another one than the
   *   test card; `tracker`, the address of another one than the server's; `hls` and
   *   `p2p`, settings of the player and of the Core; `before`, `tab` and `setup` as
   *   Browser.open and Site.page have them; `loader` and `browser`, others than the stage's.
   */
  async open({
    proxy, stream, tracker = this.server.tracker, hls, p2p, setup, loader = this.loader, browser = this.browser, ...options
  } = {}) {
    const own = proxy ?? (await startProxy(this.t, this.server.url));
    const { core, plain } = LOADERS[loader];
    const page = this.site.page({
      core: core(this.server.url),
      plain,
      stream: stream ?? `${own.url}/hls/master.m3u8`,
      hls: { liveSyncDurationCount: 8, ...hls },
      p2p: {
        swarmId: this.swarmId,
        announceTrackers: [tracker],
        rtcConfig: { iceServers: [] },
        ...p2p,
      },
      ...setup,
    });
    const viewer = await browser.open(this.t, page, { proxy: own, ...options });
    this.viewers.push(viewer);
    return viewer;
  }

  /** Those whose pages are there still. */
  get present() {
    return this.viewers.filter(({ page }) => !page.isClosed());
  }

  /** Throws unless some page has heard of an event that matches. */
  async hears(pattern) {
    for (const viewer of this.present) {
      const { events } = await viewer.seen();
      if (events.some((line) => pattern.test(line))) return;
    }
    const reports = await Promise.all(this.present.map((viewer) => viewer.report()));
    throw new Error(`no page has heard of ${pattern}\n${reports.join("\n\n")}`);
  }

  /**
   * Compares what all players were given with what their origins have, where any of it
   * came from peers; a false segment with our core throws.
   *
   * @returns a figure, as a fault gives them.
   */
  async truth() {
    const sharing = [];
    for (const viewer of this.present) if ((await viewer.seen()).peers > 0) sharing.push(viewer);
    let sum = 0;
    for (const viewer of sharing) {
      const { compared, untrue } = await viewer.compare(viewer.proxy.target.origin);
      sum += untrue.length;
      if (this.loader === "ours" && (untrue.length > 0 || compared === 0)) {
        throw new Error(`of ${compared} segments these are false: ${JSON.stringify(untrue)}\n${await viewer.report()}`);
      }
    }
    return sharing.length > 0 ? { "false segments played": sum } : {};
  }
}

/** Plays a fault on a stage; gives its figures. */
export async function play({ run, told }, stage) {
  const figures = await run(stage);
  if (told && stage.loader === "ours") await stage.hears(told);
  return { ...figures, ...(await stage.truth()) };
}

/**
 * Figures as a table: a line for each figure of each fault, a column for each loader.
 *
 * @param results `{ fault, loader, figures }` or `{ fault, loader, error }`.
 */
export function table(results) {
  const loaders = Object.keys(LOADERS).filter((name) => results.some(({ loader }) => loader === name));
  const lines = [["fault", ...loaders.map((name) => LOADERS[name].title)]];
  for (const fault of new Set(results.map((result) => result.fault))) {
    const of = (name) => results.find((result) => result.fault === fault && result.loader === name);
    const figures = new Set(loaders.flatMap((name) => Object.keys(of(name)?.figures ?? {})));
    lines.push([fault, ...loaders.map((name) => verdict(of(name)))]);
    for (const figure of figures) lines.push([`  ${figure}`, ...loaders.map((name) => shown(of(name)?.figures?.[figure]))]);
  }
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)) + 2);
  return lines.map((line) => line.map((text, i) => text.padEnd(widths[i])).join("").trimEnd()).join("\n");
}

function verdict(result) {
  if (!result) return "-";
  return result.error ? "does not bear it" : "bears it";
}

function shown(figure) {
  if (figure === undefined) return "";
  return typeof figure === "number" ? String(Math.round(figure * 100) / 100) : figure;
}
