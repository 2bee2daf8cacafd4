// Long lives of pages, cut short: each goes through so many rounds, and holds on
// to no more after them than before. What grows with each round shows.

import { startBrowser } from "./browser.mjs";
import { held, heldBuffers, openMeasured } from "./held.mjs";
import { startServer } from "./server.mjs";
import { ourCore, startSite } from "./site.mjs";
import { startSizes } from "./sizes.mjs";
import { until } from "./until.mjs";

const MIB = 2 ** 20;
/** How often array buffers are measured meanwhile. */
const LAPS = 4;
/** What each player may store: so little that it is soon full. */
const STORED = 4 * MIB;

/** What a page may hold, in bytes and numbers, once garbage is collected. */
const MOST = {
  /** Beside what is stored: what is under way, and the last segment of the sweep. */
  buffers: STORED + 32 * MIB,
  wasm: 32 * MIB,
  /** Those of a swarm, and a few that the browser has not let go of yet. */
  connections: 64,
};
/** How much more of it there may be after the rounds than before, and how much of that for each connection more. */
const MORE = { heap: MIB, values: 150, functions: 60, timers: 5 };
/** The browser's record of each request, which the tool that drives it asks for, is in its heap: some 300 bytes. */
const HEAP_OF_A_ROUND = 400;
const OF_A_CONNECTION = { heap: 0, values: 20, functions: 12, timers: 0 };
/** Array buffers at any time: Go collects after so many bytes have come, see wasm/browser/memory.go. */
export const MOST_BUFFERS = MOST.buffers + 128 * MIB;

/** What all lives need. It ends with `t`. */
export async function startParts(t) {
  return {
    server: await startServer(t),
    site: await startSite(t),
    sizes: await startSizes(t),
    browser: await startBrowser(t),
  };
}

/**
 * Has the pages of a life go through its rounds. Throws when one holds too much.
 *
 * @returns for each page, what it held `early` and `late`, and the most `buffers` meanwhile, in bytes.
 */
export async function live(t, life, parts, rounds) {
  const pages = await life.open(t, parts);
  await life.go(pages, 0, life.warmUp);
  const lives = await Promise.all(pages.map(async (page) => ({ early: await held(page), buffers: 0 })));
  const end = life.warmUp + rounds;
  const lap = Math.ceil(rounds / LAPS);
  for (let at = life.warmUp; at < end; at += lap) {
    await life.go(pages, at, Math.min(end, at + lap));
    for (const [i, page] of pages.entries()) {
      lives[i].buffers = Math.max(lives[i].buffers, await heldBuffers(page));
      if (lives[i].buffers > MOST_BUFFERS) throw new Error(`${lives[i].buffers} bytes of array buffers, at most ${MOST_BUFFERS}`);
    }
  }
  await Promise.all(pages.map((page, i) => {
    const { early } = lives[i];
    const found = () => excess(early, lives[i].late, rounds, life.most);
    const bears = async () => ((lives[i].late = await held(page)), found().length === 0);
    const report = () => [...found(), JSON.stringify(lives[i])].join("\n");
    return until(`a page holds no more after ${rounds} ${life.rounds}`, bears, report);
  }));
  return lives;
}

function excess(early, late, rounds, most) {
  const added = Math.max(0, late.connections - early.connections);
  const more = { ...MORE, heap: MORE.heap + rounds * HEAP_OF_A_ROUND };
  const limits = Object.entries(more).map(([what, by]) => [what, early[what] + by + added * OF_A_CONNECTION[what]]);
  return [...Object.entries({ ...MOST, ...most }), ...limits]
    .filter(([what, limit]) => late[what] > limit)
    .map(([what, limit]) => `${what}: ${late[what]}, at most ${limit}`);
}

function pageOf({ server, site }, swarmId, more) {
  return site.page({
    core: ourCore(server.url),
    p2p: {
      swarmId,
      announceTrackers: [server.tracker],
      rtcConfig: { iceServers: [] },
      segmentMemoryStorageLimit: STORED / MIB,
    },
    ...more,
  });
}

/** Two pages of in-page/watch.js in one swarm. */
async function openWatching(t, parts, swarmId, segmentBytes, scripts) {
  const manifest = `${parts.sizes}/${segmentBytes}/stream.m3u8`;
  const url = pageOf(parts, swarmId, { script: "watch", manifest, segmentBytes, segmentS: 4 });
  const open = () => openMeasured(t, parts.browser, url, "watch", scripts);
  return [await open(), await open()];
}

/** Two pages with the engine in one swarm. */
async function openPlaying(t, parts, swarmId, script, ready) {
  const stream = `${parts.server.url}/hls/master.m3u8`;
  const url = pageOf(parts, swarmId, { script, stream, hls: { liveSyncDurationCount: 8, startLevel: 0 } });
  const open = () => openMeasured(t, parts.browser, url, ready);
  return [await open(), await open()];
}

/** So many segments are loaded by one page before the other has its turn, which can have them from there. */
const TURN = 10;

const race = (length) => async (pages, from, end) => {
  for (let i = from; i < end; i += TURN) {
    for (const page of pages) {
      await page.evaluate((args) => window.race(...args), [i, Math.min(end, i + TURN), length]);
    }
  }
};

/** A player that is made, loads, meets somebody now and then, and is destroyed. */
async function play(page, name) {
  const told = () => page.evaluate((name) => window.players[name].told, name);
  await page.evaluate((name) => window.player(name, "players"), name);
  await until("the player loads", async () => (await told()).loaded > 0);
  if (Number(name) % 5 === 0) await until("it has met the other", async () => (await told()).connected.length > 0);
  await page.evaluate((name) => {
    const { hls, video } = window.players[name];
    if (Number(name) % 2) hls.loadSource(hls.url); // begins anew
    hls.destroy();
    video.remove();
    delete window.players[name];
  }, name);
}

/**
 * Each: `rounds`, of what; `warmUp`, how many come before the first measure; `open`,
 * which returns the pages; `go`, which has them go through the rounds from one number
 * to before another; `most`, where there is more to say than MOST does.
 */
export const lives = {
  recording: {
    rounds: "segments of a recording that lists 5,000",
    warmUp: 250, // until the storage is full
    open: (t, parts) => openWatching(t, parts, "recording", 20_000),
    go: race(5000),
  },
  live: {
    // Each waits for the turn of who is to fetch it: large ones fill the storage sooner.
    rounds: "segments of a live stream",
    warmUp: 60,
    open: (t, parts) => openWatching(t, parts, "live", 100_000),
    go: race(0),
  },
  watching: {
    rounds: "minutes of a live stream, with another rendition each minute",
    warmUp: 1,
    open: (t, parts) => openWatching(t, parts, "watching", 300_000, ["fast-clock"]),
    go(pages, from, end) {
      this.epoch ??= Date.now();
      const watch = (page) => page.evaluate((args) => window.watch(...args), [this.epoch, 60 * (end - from), 60]);
      return Promise.all(pages.map(watch));
    },
  },
  switches: {
    rounds: "level switches",
    warmUp: 100,
    async open(t, parts) {
      const pages = await openPlaying(t, parts, "switches", "player", "viewer");
      // A level that is set while hls.js opens its buffers can leave them so that nothing is appended any more.
      const shows = (page) => page.evaluate(() => document.querySelector("video").readyState >= HTMLMediaElement.HAVE_FUTURE_DATA);
      for (const page of pages) await until("the player shows something", () => shows(page));
      return pages;
    },
    go: (pages, from, end) => Promise.all(pages.map((page) => page.evaluate(async ([from, end]) => {
      const { hls } = window.viewer;
      for (let i = from; i < end; i++) {
        const buffered = new Promise((resolve) => hls.once("hlsFragBuffered", resolve));
        hls.currentLevel = i % 2;
        await buffered;
      }
    }, [from, end]))),
  },
  players: {
    rounds: "players made and destroyed",
    warmUp: 10,
    most: { values: 200, functions: 60 }, // the module's own: no player is left
    async open(t, parts) {
      const [page, other] = await openPlaying(t, parts, undefined, "players", "player");
      await other.evaluate(() => window.player("other", "players"));
      return [page];
    },
    async go([page], from, end) {
      for (let i = from; i < end; i++) await play(page, `${i}`);
    },
  },
};
