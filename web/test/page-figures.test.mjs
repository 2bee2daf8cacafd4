// The figures of the demo page are those of the server: what its panels say of the
// origin, of peers and of each segment is held against what the server and a proxy
// in front of each viewer counted.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { startBrowser } from "./lib/browser.mjs";
import { MEDIA, makeMedia } from "./lib/media.mjs";
import { SEGMENTS, startProxy } from "./lib/proxy.mjs";
import { startServer } from "./lib/server.mjs";
import { pause, until } from "./lib/until.mjs";

/** The page tells nothing by its share before this much, in bytes. */
const ENOUGH = 250_000;
/** Panels are drawn four times a second; this many draws are waited for where one must not come. */
const DRAWS_MS = 1500;

/** A server, a browser, and what opens the page there, behind a proxy of the viewer's own. */
async function stage(t, args = []) {
  const server = await startServer(t, { args });
  const browser = await startBrowser(t);
  const open = async (query = "", options = {}) => {
    const proxy = await startProxy(t, server.url);
    const viewer = await browser.open(t, `${proxy.url}/${query}`, { proxy, ...options });
    await viewer.page.waitForFunction(() => window.viewer);
    return viewer;
  };
  return { server, browser, open };
}

/** Bytes of segments that left the server, as it counts itself. */
async function counted({ url }) {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^p2p_mediastream_origin_sent_bytes_total\{kind="segment"\} (\S+)$/m.exec(text)?.[1] ?? 0);
}

/** What the panels show, as a visitor reads it, and the exact figures of the same moment. */
function shown({ page }) {
  return page.evaluate(() => {
    const text = (selector) => document.querySelector(selector).textContent;
    const cells = (row) => Array.from(row.cells, (cell) => cell.textContent);
    const { origin, peers, given } = viewer.bytes;
    return {
      name: viewer.name,
      share: text("#share"),
      saved: text("#offload .saved"),
      origin: text("#origin"),
      peers: text("#peers-bytes"),
      given: text("#given"),
      caption: text("#traffic .caption"),
      rows: Array.from(document.querySelectorAll("#timeline tbody tr"), cells),
      options: document.querySelectorAll("#timeline [role=option]").length,
      exact: { origin, peers, given },
      wasted: viewer.segments.downloads.filter(({ outcome }) => outcome !== "loaded").length,
    };
  });
}

/** Has a viewer ask for nothing more, so that all of its figures come to rest. */
const stop = ({ page }) => page.evaluate(() => {
  viewer.video.pause();
  viewer.hls.stopLoad();
});

/** What all show once nothing moves any more: the page's figures, and the server's. */
async function atRest(server, viewers) {
  for (const viewer of viewers) await stop(viewer);
  let before;
  return until("the figures are at rest", async () => {
    const now = { sent: await counted(server), pages: await Promise.all(viewers.map(shown)) };
    const figures = JSON.stringify([now.sent, now.pages.map(({ exact }) => exact)]);
    const isSame = figures === before?.figures;
    if (!isSame) before = { figures, at: performance.now() };
    return performance.now() - before.at > DRAWS_MS && now;
  });
}

/** The number that a figure such as "1.3 MB" stands for, and how far it is rounded. */
function read(text) {
  const [, digits, unit] = /^([\d.]+) (B|kB|MB)$/.exec(text) ?? assert.fail(`"${text}" is no figure`);
  const scale = { B: 1, kB: 1e3, MB: 1e6 }[unit];
  return { bytes: digits * scale, within: (digits.includes(".") ? 0.05 : 0.5) * scale };
}

function assertShows(text, exact, what) {
  const { bytes, within } = read(text);
  assert.ok(Math.abs(bytes - exact) <= within * 1.001, `${what}: "${text}" is shown of ${exact}`);
}

/** Asserts that a page's panels show its exact figures. */
function assertOffload({ origin, peers, given, share, exact }) {
  assertShows(origin, exact.origin, "from the origin");
  assertShows(peers, exact.peers, "from peers");
  assertShows(given, exact.given, "given");
  assert.equal(share, `${Math.round((100 * exact.peers) / (exact.peers + exact.origin))} %`);
}

/** Asserts that the rows of the list are what the player got: each segment's size, and each from where the proxy says. */
async function assertRows(viewer, rows, names) {
  const { segments } = await viewer.seen();
  const sizes = new Map(segments.map(({ url, size }) => [new URL(url).pathname.match(/(\d+)\.ts$/)?.[1], size]));
  const asked = new Set([...viewer.proxy.sent.keys()].filter((path) => SEGMENTS.test(path)).map((path) => path.match(/(\d+)\.ts$/)[1]));
  const loaded = rows.filter((cells) => cells.length === 5);
  assert.ok(loaded.length >= 6, JSON.stringify(rows));
  let compared = 0;
  for (const [number, from, time, size, rate] of loaded) {
    assert.match(time, /^\d+ (ms|s)$/);
    assert.match(rate, /^(–|[\d.]+ Mbit\/s)$/);
    if (from === "Origin") assert.ok(asked.has(number), `${number} was never asked of the origin`);
    else assert.ok(names.includes(from), `${from} is none of ${names}`);
    const isAlone = rows.filter((row) => row[0] === number).length === 1;
    if (isAlone && from !== "Origin") assert.ok(!asked.has(number), `${number} came from the origin too`);
    if (!sizes.has(number)) continue; // fetched ahead, and not yet the player's
    assertShows(size, sizes.get(number), `segment ${number}`);
    compared++;
  }
  assert.ok(compared > 0, "the player has got some of them");
  const shownNumbers = new Set(rows.map(([number]) => number));
  const oldest = Math.min(...[...shownNumbers].map(Number));
  for (const number of asked) {
    if (number > oldest) assert.ok(shownNumbers.has(number), `${number} was asked of the origin, and the list does not say so`);
  }
}

// What npm's core is asked for it fetches from the origin at once, so that it gives here, and takes by chance.
for (const loader of ["ours", "javascript"]) {
  test(`a viewer with that loader and one with ours say what the server says: ${loader}`, async (t) => {
    const { server, open } = await stage(t);
    const first = await open(`?loader=${loader}`);
    await first.plays();
    const second = await open();
    await second.until("it has taken, and had of the origin too", ({ peers, origin }) => peers > 2 * ENOUGH && origin > 0);
    await second.plays();
    await first.plays();

    const { sent, pages } = await atRest(server, [first, second]);
    const [one, other] = pages;
    for (const page of pages) assertOffload(page);

    // Of what was called off the server has sent more than the page had.
    const sum = (what) => one.exact[what] + other.exact[what];
    const wasted = one.wasted + other.wasted;
    const { segments } = await second.seen();
    const slack = wasted * Math.max(...segments.map(({ size }) => size));
    t.diagnostic(`the server sent ${sent}, the pages have ${sum("origin")} of it, ${wasted} downloads broke off; ${sum("peers")} taken, ${sum("given")} given`);
    assert.ok(sum("origin") <= sent && sent <= sum("origin") + slack, `${sent} sent, ${sum("origin")} shown`);
    assert.ok(sum("peers") <= sum("given") && sum("given") <= sum("peers") + slack, `${sum("given")} given, ${sum("peers")} taken`);
    assert.equal(sent, first.proxy.bytes(SEGMENTS) + second.proxy.bytes(SEGMENTS));

    await assertRows(second, other.rows, [one.name]);
    await assertRows(first, one.rows, [other.name]);
    assert.match(other.saved, /came from peers\. The origin was spared .+\.$/);
    assert.match(other.caption, /^In the last 10 s: .+ from the origin, .+ from peers, .+ given to peers\./);
  });
}

test("hls.js alone: all is from the origin, and nothing is said before there is enough", async (t) => {
  const { server, open } = await stage(t);
  const proxy = await startProxy(t, server.url);
  const release = proxy.hold(SEGMENTS);
  const viewer = await open(`?loader=none&stream=${encodeURIComponent(`${proxy.url}/hls/master.m3u8`)}`);
  await viewer.page.waitForFunction(() => document.querySelector("#timeline tbody tr .state")?.textContent === "now");
  const early = await shown(viewer);
  assert.equal(early.share, "–");
  assert.equal(early.saved, "Nothing received yet.");
  assert.equal(early.rows.length, 1);
  release();
  await viewer.until("it has enough", async () => viewer.page.evaluate((enough) => viewer.bytes.origin > 3 * enough, ENOUGH));
  await viewer.plays();

  const { sent, pages: [page] } = await atRest(server, [viewer]);
  assert.equal(page.share, "0 %");
  assertOffload(page);
  assert.equal(page.wasted, 0);
  assert.equal(page.exact.origin, sent);
  assert.match(page.saved, /^hls\.js plays by itself: all .+ came from the origin\.$/);
  assert.ok(page.rows.every(([, from]) => from === "Origin"), JSON.stringify(page.rows));
  const numbers = [...proxy.sent.keys()].filter((path) => SEGMENTS.test(path)).map((path) => path.match(/(\d+)\.ts$/)[1]);
  assert.deepEqual(page.rows.map(([number]) => number), numbers.slice(-page.rows.length).reverse());
});

test("a recording with sound of its own, in fragmented MP4: all is counted, both are drawn, and its end; no parts are loaded", async (t) => {
  const folder = await makeMedia(t, 20);
  const { server, open } = await stage(t, ["--generator", "off", "--hls-dir", folder]);
  const viewer = await open(`?stream=/hls/${MEDIA.audio}`);
  await viewer.plays(1);
  const { sent, pages: [page] } = await atRest(server, [viewer]);
  assert.equal(page.wasted, 0);
  assert.equal(page.exact.origin, sent);
  const drawn = await viewer.page.locator("#timeline [role=option]").evaluateAll((bars) => bars.map((bar) => bar.ariaLabel));
  for (const name of ["0", "0, sound", "init", "init, sound"]) {
    assert.equal(drawn.filter((bar) => bar.startsWith(`Segment ${name} · Origin · loaded`)).length, 1, `${name} of ${drawn.join("\n")}`);
  }
  const label = () => viewer.page.locator("#timeline .ahead svg").getAttribute("aria-label");
  assert.match(await label(), /playhead: 0 Origin, loaded, .+ Of the sound: 0 Origin, loaded, /);
  await viewer.page.evaluate(() => {
    viewer.hls.startLoad();
    viewer.video.currentTime = 19;
    return viewer.video.play();
  });
  await until("it has ended", () => viewer.page.evaluate(() => viewer.video.ended), () => viewer.report());
  await until("the drawing says so", async () => (await label()).endsWith("The stream ends in 0 s."), label);
  assert.match(await viewer.page.locator("#timeline .ahead .caption").textContent(), / The stream ends in 0 s\.$/);

  // A live stream of eight segments, whose next one is there in parts, and a viewer who goes to where hls.js would load them.
  await writeFile(join(folder, "fmp4/live.m3u8"), withParts(8));
  const live = await open("?loader=none&stream=/hls/fmp4/live.m3u8");
  await live.plays(1);
  const asked = (name) => live.proxy.sent.has(`/hls/fmp4/${name}`);
  await live.page.evaluate(() => (viewer.video.currentTime = 13));
  await until("all whole segments are loaded", () => asked("7.m4s"), () => live.report());
  await pause(DRAWS_MS / 1000);
  assert.ok(!asked("8.m4s"), live.proxy.report());
});

/** A playlist of Low-Latency HLS with so many segments, the last two and the one after them in a part each. */
function withParts(segments) {
  const part = (i) => (i < segments - 2 ? [] : [`#EXT-X-PART:DURATION=2,URI="${i}.m4s",INDEPENDENT=YES`]);
  return [
    "#EXTM3U", "#EXT-X-VERSION:9", "#EXT-X-TARGETDURATION:2", "#EXT-X-SERVER-CONTROL:PART-HOLD-BACK=6", "#EXT-X-PART-INF:PART-TARGET=2",
    "#EXT-X-MEDIA-SEQUENCE:0", '#EXT-X-MAP:URI="init.mp4"',
    ...Array.from({ length: segments }, (_, i) => [...part(i), `#EXTINF:2,\n${i}.m4s`]).flat(), ...part(segments), "",
  ].join("\n");
}

test("what is being fetched, what is urgent, what fails, and the keys that go through them", async (t) => {
  const { open } = await stage(t);
  const viewer = await open();
  await viewer.plays();
  const { page, proxy } = viewer;
  const drawn = (selector) => page.locator(`#timeline ${selector}`);
  assert.match(await drawn(".ahead .caption").textContent(), /Urgent is what begins less than 15 s ahead and is not here: nothing now\.$/);
  assert.match(await drawn(".ahead svg").getAttribute("aria-label"), /\d+ Origin, loaded/);

  const release = proxy.hold(SEGMENTS);
  await until("one is urgent", async () => (await drawn(".state.urgent").count()) > 0, () => viewer.report());
  assert.ok((await drawn(".bar.under-way").count()) > 0);
  await until("the drawing says so", async () => (await drawn(".cell.urgent").count()) > 0, () => viewer.report());
  assert.match(await drawn(".ahead .caption").textContent(), /is not here: \d+ segments?\.$/);
  await until("one has failed", async () => (await drawn("tr.failed").count()) > 0, () => viewer.report());
  assert.match(await drawn("tr.failed .state").first().textContent(), /^failed \(.+\)$/);
  await until("its bar is marked", async () => (await drawn(".bar.failed .mark").count()) > 0, () => viewer.report());
  release();
  proxy.rules = [];
  await viewer.plays();
  await until("nothing is urgent again", async () => (await drawn(".cell.urgent").count()) === 0, () => viewer.report());

  await drawn("[role=listbox]").focus();
  const chosen = () => drawn("[role=listbox]").getAttribute("aria-activedescendant");
  await page.keyboard.press("ArrowLeft");
  const latest = await chosen();
  assert.match(await drawn(`#${latest}`).getAttribute("aria-label"), /^Segment \d+ · Origin · /);
  await page.keyboard.press("ArrowLeft");
  assert.notEqual(await chosen(), latest);
  assert.equal(await drawn("[aria-selected=true]").count(), 1);
  assert.match(await drawn(".downloads .caption").textContent(), /^Segment \d+ · Origin · loaded|^Segment \d+ · Origin · failed/);
});

test("nothing is drawn while nobody sees the page, and all is when it is seen again", async (t) => {
  const { browser, open } = await stage(t);
  const viewer = await open("", { tab: true });
  await viewer.plays();
  const { page } = viewer;
  await page.evaluate(() => {
    window.drawn = 0;
    const observer = new MutationObserver(() => window.drawn++);
    for (const name of ["offload", "traffic", "timeline"]) {
      observer.observe(document.getElementById(name), { subtree: true, childList: true, attributes: true, characterData: true });
    }
  });
  await until("it is drawn", () => page.evaluate(() => window.drawn > 3));
  const cover = await browser.browser.contexts()[0].newPage();
  t.after(() => cover.close());
  await cover.bringToFront();
  await viewer.until("it is hidden", ({ visible }) => !visible);
  await page.evaluate(() => (window.drawn = 0));
  await pause(DRAWS_MS / 1000);
  assert.equal(await page.evaluate(() => window.drawn), 0);
  await page.bringToFront();
  await until("it is drawn again", () => page.evaluate(() => window.drawn > 0));
  const { exact, origin } = await shown(viewer);
  assertShows(origin, exact.origin, "from the origin");
});
