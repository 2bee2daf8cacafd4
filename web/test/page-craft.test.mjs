// How the demo page is made: that it can be used by everybody and fits every screen,
// whatever it shows, and how much of it comes over the network.
//
// With SCREENSHOTS=folder it leaves a picture there of all that it has looked at.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import test, { after, describe } from "node:test";
import { startBrowser } from "./lib/browser.mjs";
import { findsOfAxe, look, LOOKS, picturesMove, sticksOut, tabThrough, tabStops } from "./lib/craft.mjs";
import { openWatched } from "./lib/manners.mjs";
import { startServer } from "./lib/server.mjs";
import { until } from "./lib/until.mjs";

const file = { after };
const server = await startServer(file);
const browser = await startBrowser(file);
const open = (t, query = "", options) => openWatched(t, browser, `${server.url}/${query}`, options);

const pictures = process.env.SCREENSHOTS;
if (pictures) await mkdir(pictures, { recursive: true });

/** Has a page be taken from, and opens all that can be opened on it. */
async function fill(t, viewer) {
  const other = await open(t);
  await other.until("it takes from the page", ({ peers }) => peers > 0);
  await viewer.until("the page takes", ({ peers, given }) => peers > 0 && given > 0);
  await viewer.page.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
}

/** How much of a panel is below all that is in it, in pixels; 0 where the page has no such panel. */
function blankBelow({ page }, panel) {
  return page.evaluate((panel) => {
    const box = document.querySelector(panel);
    const bottom = (element) => element.getBoundingClientRect().bottom;
    return box ? bottom(box) - bottom(box.lastElementChild) : 0;
  }, panel);
}

/** How much of each frame is below the line in it, in pixels. */
function blankInFrames({ page }) {
  const frames = page.frames().filter((frame) => frame !== page.mainFrame());
  return Promise.all(frames.map((frame) =>
    frame.evaluate(() => innerHeight - document.querySelector(".small-panel").getBoundingClientRect().bottom)));
}

/** Each width and each scheme, for states that differ from others in few places. */
const SOME = [LOOKS[0], LOOKS[3], LOOKS[4]];

const STATES = [
  { name: "alone", query: "?swarm=alone" },
  { name: "among others", fill },
  {
    name: "with eight viewers",
    query: "?swarm=eight&viewers=8",
    looks: [LOOKS[0], LOOKS.at(-1)], // nine players at once take their time
    fill: (_, { page }) => until("all of them play", async () => {
      const frames = page.frames().filter((frame) => frame !== page.mainFrame());
      const playing = await Promise.all(frames.map((frame) => frame.evaluate(() => window.seen?.frames > 0).catch(() => false)));
      return frames.length === 8 && playing.every(Boolean);
    }),
  },
  { name: "without a loader", looks: SOME, query: "?loader=none" },
  { name: "with npm's core", looks: SOME, query: "?loader=javascript" },
  { name: "with sharing off", looks: SOME, query: "?p2p=off" },
  {
    name: "in trouble",
    // No such port can be connected to.
    query: "?tracker=ws://127.0.0.1:9/&upload=much&loader=theirs",
    allowed: /127\.0\.0\.1:9/,
    fill: (_, viewer) => viewer.until("it tells", ({ notices }) => notices.includes("theirs") && /tracker/.test(notices)),
  },
  { name: "small", looks: SOME, query: "?small=on" },
];

describe("what axe-core finds, what does not fit, and the picture, at three widths in both schemes", () => {
  for (const { name, query, looks = LOOKS, fill, allowed } of STATES) {
    test(name, async (t) => {
      const viewer = await open(t, query);
      await viewer.plays(1);
      await fill?.(t, viewer);
      for (const { width, scheme } of looks) {
        await look(viewer, { width, scheme });
        if (pictures) await viewer.page.screenshot({ path: join(pictures, `${name}-${width}-${scheme}.png`), fullPage: true });
        assert.deepEqual(await findsOfAxe(viewer), [], `${width} ${scheme}`);
        assert.deepEqual(await sticksOut(viewer), [], `${width} ${scheme}`);
        const blank = await blankBelow(viewer, "#traffic");
        assert.ok(blank < 24, `${blank} px are blank below the chart of bytes, ${width} ${scheme}`);
        for (const rest of await blankInFrames(viewer)) assert.ok(rest >= 0 && rest < 8, `${rest} px are blank in a frame, ${width} ${scheme}`);
        await picturesMove(viewer);
      }
      assert.deepEqual(viewer.faults.filter((fault) => !allowed?.test(fault)), []);
    });
  }
});

test("the keyboard reaches everything in the order of the page, and is seen where it is", async (t) => {
  const viewer = await open(t);
  await viewer.plays(1);
  await fill(t, viewer);
  for (const width of [360, 1280]) {
    await look(viewer, { width, scheme: "light" });
    const stops = await tabThrough(viewer);
    t.diagnostic(`${width}: ${stops.map(({ says }) => says).join(" | ")}`);
    assert.deepEqual(stops.map(({ name }) => name), await tabStops(viewer));
    for (const fault of ["marked", "isInView", "says"]) assert.deepEqual(stops.filter((stop) => !stop[fault]), [], fault);
  }
});

test("a page that is zoomed to 400 %, one with letters twice as large, and long names on a phone", async (t) => {
  const viewer = await open(t);
  await viewer.plays(1);
  await fill(t, viewer);
  // 1280 pixels of a screen are 320 of a page then.
  await look(viewer, { width: 320, scheme: "light" });
  assert.deepEqual(await sticksOut(viewer), []);

  await look(viewer, { width: 360, scheme: "light" });
  const table = await until("a segment of a peer's is among the last ones", () => viewer.page.evaluate(() => {
    const row = document.querySelector("#timeline tr:has(.key.peers)");
    if (!row) return undefined;
    const [number, from, time] = row.cells;
    number.firstChild.data = "897812767, sound";
    from.lastChild.data = from.lastChild.data.replace(/\S+$/, "wUMGX3t7");
    time.firstChild.data = "1203 ms";
    const right = (selector) => document.querySelector(selector).getBoundingClientRect().right;
    return { ends: right("#timeline table"), room: right("#timeline .list") };
  }));
  assert.ok(table.ends <= table.room + 0.5, JSON.stringify(table));
  const height = () => viewer.page.locator("h1").evaluate((heading) => heading.getBoundingClientRect().height);
  const before = await height();
  const protocol = await viewer.page.context().newCDPSession(viewer.page);
  await protocol.send("Page.setFontSizes", { fontSizes: { standard: 32, fixed: 26 } });
  await until("the letters are larger", async () => (await height()) > 1.8 * before);
  assert.deepEqual(await sticksOut(viewer), []);
  const graph = await viewer.page.evaluate(() => Array.from(document.querySelectorAll("#swarm .node"), (node) => {
    const size = (element) => element.getBoundingClientRect();
    const [box, ...texts] = Array.from(node.children, size).filter(({ height }) => height > 0);
    const fits = texts.every(({ top, bottom, left, right }) => top >= box.top && bottom <= box.bottom && left >= box.left && right <= box.right);
    return { says: node.textContent, letters: texts[0].height, fits };
  }));
  assert.ok(graph.length > 2 && graph.every(({ letters, fits }) => fits && letters > 24), JSON.stringify(graph));
  if (pictures) await viewer.page.screenshot({ path: join(pictures, "large letters.png"), fullPage: true });
});

test("nothing moves but the video for who wants it so", async (t) => {
  const viewer = await open(t);
  await viewer.plays(1);
  await fill(t, viewer);
  const moving = () => viewer.page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === "running").length);
  await until("something moves", async () => (await moving()) > 0);
  await viewer.page.emulateMedia({ reducedMotion: "reduce" });
  await until("nothing moves", async () => (await moving()) === 0);
  const { peers } = await viewer.seen();
  await viewer.until("it takes more", (now) => now.peers > peers + 100_000);
  assert.equal(await moving(), 0);
});

test("a page without scripts says so", async (t) => {
  const context = await browser.browser.newContext({ javaScriptEnabled: false });
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(`${server.url}/`);
  assert.match(await page.locator("body").innerText(), /allow scripts/);
  assert.ok(await page.locator("h1").isVisible());
});

test("a browser that cannot run the scripts is told so, and no other", async (t) => {
  const ask = async (prepare) => {
    const { page } = await browser.open(t, `${server.url}/`, { prepare });
    return page.locator("#lifeless");
  };
  // As in a browser that knows no modules.
  const message = await ask((page) => page.route(/\/assets\/page-.*\.js$/, (route) => route.abort()));
  assert.equal(await message.isVisible(), false, "scripts have their time to come");
  await until("it is told", () => message.isVisible());
  const usual = await ask();
  await until("the scripts run", async () => (await usual.count()) === 0);
});

/** The most that the page and its scripts may take, compressed, as they come over the network. */
const BUDGET = 250_000;
/** What is not the page's own: hls.js, the loader's module, and the video. */
const ASIDE = /\/assets\/hls[.-]|\/loader\.wasm$|^\/hls\//;

for (const loader of ["ours", "javascript"]) {
  test(`the page takes at most 250 KB with the loader ${loader}`, async (t) => {
    const sent = new Map();
    const viewer = await open(t, `?loader=${loader}`, { prepare: (page) => follow(page, sent) });
    await viewer.plays(1);
    const own = [...sent.values()].filter(({ path, bytes }) => bytes > 0 && !ASIDE.test(path));
    const sum = own.reduce((all, { bytes }) => all + bytes, 0);
    for (const { path, bytes } of own.sort((a, b) => b.bytes - a.bytes)) t.diagnostic(`${String(bytes).padStart(7)} ${path}`);
    t.diagnostic(`${sum} bytes of ${BUDGET}`);
    const scripts = own.filter(({ path }) => /\.js$/.test(path));
    assert.ok(scripts.length >= 3 && scripts.every(({ coding }) => coding === "br"), JSON.stringify(scripts));
    assert.ok(sum <= BUDGET, `${sum} bytes`);
  });
}

/** Writes down what a page fetches, as the browser counts it on the network: heads and bodies as they were sent. */
async function follow(page, sent) {
  const protocol = await page.context().newCDPSession(page);
  protocol.on("Network.responseReceived", ({ requestId, response }) => {
    const { pathname } = new URL(response.url);
    sent.set(requestId, { path: pathname, bytes: 0, coding: response.headers["Content-Encoding"] });
  });
  protocol.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (sent.has(requestId)) sent.get(requestId).bytes = encodedDataLength;
  });
  await protocol.send("Network.enable");
}
