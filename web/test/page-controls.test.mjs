// The controls of the demo page, as a visitor uses them.

import assert from "node:assert/strict";
import test from "node:test";
import { startBrowser } from "./lib/browser.mjs";
import { startServer } from "./lib/server.mjs";
import { until } from "./lib/until.mjs";

/** A server, a browser, and what opens the page there. */
async function stage(t) {
  const server = await startServer(t);
  const browser = await startBrowser(t);
  return async (query = "") => {
    const viewer = await browser.open(t, query.startsWith("http") ? query : `${server.url}/${query}`);
    await viewer.page.waitForFunction(() => window.viewer);
    return viewer;
  };
}

const query = ({ page }) => new URL(page.url()).search;
const peers = ({ page }) => page.evaluate(() => viewer.peers.connected.size);
const height = ({ page }) => page.evaluate(() => viewer.video.videoHeight);
const core = ({ page }) => page.evaluate(() => viewer.engine.getConfig().core);

test("the loader: ours, npm's in JavaScript, none, and back", async (t) => {
  const open = await stage(t);
  const first = await open();
  const second = await open();
  const fetched = [];
  second.page.on("request", (request) => fetched.push(new URL(request.url()).pathname));
  await second.plays();
  assert.ok(fetched.some((path) => path.endsWith("/loader.wasm")), "ours is WebAssembly");

  fetched.length = 0;
  await second.page.getByRole("radio", { name: "JavaScript" }).check();
  await second.page.waitForURL("**/?loader=javascript");
  await second.plays();
  await until("npm's core and ours are connected", async () => (await peers(second)) === 1);
  await first.page.close();
  const third = await open();
  await until("a newcomer with ours takes from npm's", () => third.page.evaluate(() => viewer.bytes.peers > 0));
  assert.ok(!fetched.some((path) => path.endsWith(".wasm")), `npm's core needs no WebAssembly: ${fetched}`);

  fetched.length = 0;
  await second.page.getByRole("radio", { name: "None" }).check();
  await second.page.waitForURL("**/?loader=none");
  await second.plays();
  const alone = await second.page.evaluate(() => ({ engine: viewer.engine, ...viewer.bytes, disabled: document.getElementById("p2p").disabled }));
  assert.equal(alone.engine, undefined);
  assert.equal(alone.peers, 0);
  assert.ok(alone.origin > 0, "what hls.js loads by itself is counted");
  assert.ok(alone.disabled, "there is nothing to share with");
  assert.ok(!fetched.some((path) => /\.wasm$|javascript-|p2p-media-loader/.test(path)), `only what is asked for is fetched: ${fetched}`);

  await second.page.goBack();
  assert.equal(query(second), "?loader=javascript");
  await second.plays();
});

test("sharing is switched off and on while the video plays, and a link says so", async (t) => {
  const open = await stage(t);
  const first = await open();
  const second = await open();
  await second.plays();
  const rendition = await height(second);
  await until("they are connected", async () => (await peers(first)) === 1);
  await second.page.getByLabel("Share with peers").uncheck();
  assert.equal(query(second), "?p2p=off");
  await until("the peer is gone", async () => (await peers(first)) === 0);
  await second.plays();

  const third = await open(second.page.url());
  await third.plays();
  assert.equal(await third.page.getByLabel("Share with peers").isChecked(), false);
  assert.equal(await peers(third), 0);

  await second.page.getByLabel("Share with peers").check();
  assert.equal(query(second), "");
  await until("it is back", async () => (await peers(first)) === 1, () => second.report());
  assert.equal(await height(second), rendition, "the request that was aborted is no reason for another rendition");
});

test("the upload limit is the core's, and nonsense changes nothing", async (t) => {
  const open = await stage(t);
  const viewer = await open("?upload=300");
  await viewer.plays();
  assert.equal((await core(viewer)).uploadRateLimit, 300);
  const field = viewer.page.getByLabel("Upload limit, kbit/s");
  const enter = async (text) => {
    await field.fill(text);
    await field.press("Enter");
  };
  await enter("800");
  assert.equal((await core(viewer)).uploadRateLimit, 800);
  assert.equal(query(viewer), "?upload=800");
  for (const nonsense of ["0", "-5", "1.5", "2000000"]) {
    await enter(nonsense);
    assert.equal(await field.evaluate((input) => input.matches(":invalid")), true, nonsense);
    assert.equal((await core(viewer)).uploadRateLimit, 800, nonsense);
    assert.equal(query(viewer), "?upload=800");
  }
  await enter("");
  assert.equal((await core(viewer)).uploadRateLimit, undefined);
  assert.equal(query(viewer), "");
});

test("the highest rendition is the highest that plays, here and by the link", async (t) => {
  const open = await stage(t);
  const viewer = await open();
  await viewer.plays();
  const usual = await height(viewer);
  const select = viewer.page.getByLabel("Highest rendition");
  const [low, ...higher] = await viewer.page.evaluate(() => viewer.renditions.heights);
  assert.ok(higher.length > 0, "the test card has several renditions");
  await select.selectOption(`${low}p`);
  assert.equal(query(viewer), `?highest=${low}`);
  await until(`${low}p plays`, async () => (await height(viewer)) === low);
  const linked = await open(viewer.page.url());
  await linked.plays();
  assert.equal(await height(linked), low);
  assert.equal(await linked.page.evaluate(() => viewer.video.videoRenditions.length), 1, "the menu has no other");

  await select.selectOption("any");
  await until("it is back where everybody begins", async () => (await height(viewer)) === usual);
  const choose = (level) => viewer.page.evaluate((level) => (viewer.video.videoRenditions.selectedIndex = level), level);
  await choose(0);
  await until("the lowest plays when it is chosen in the menu", async () => (await height(viewer)) === low);
  assert.equal(query(viewer), `?rendition=${low}`);
  await choose([low, ...higher].indexOf(usual));
  await until("it is back where everybody begins", async () => (await height(viewer)) === usual);
  assert.equal(query(viewer), "");
});

test("another stream, and what is no address", async (t) => {
  const open = await stage(t);
  const viewer = await open();
  await viewer.plays();
  await viewer.page.getByText("Another stream, tracker or swarm").click();
  const stream = viewer.page.getByLabel("Stream: the address of its playlist");
  await stream.fill("ftp://nowhere.test/x");
  await viewer.page.getByRole("button", { name: "Play", exact: true }).last().click();
  assert.equal(query(viewer), "", "the page stays");
  const other = await viewer.page.evaluate(() => viewer.hls.levels[0].uri);
  await stream.fill(other);
  await viewer.page.getByLabel("Swarm id").fill("of my own");
  await stream.press("Enter");
  await viewer.page.waitForURL("**/?stream=**");
  assert.equal(new URL(viewer.page.url()).searchParams.get("stream"), other);
  await viewer.plays();
  assert.equal((await core(viewer)).mainStream.swarmId, "of my own");
});

test("eight viewers in frames play, share, and are gone when they are closed", async (t) => {
  const open = await stage(t);
  const viewer = await open();
  await viewer.plays();
  await viewer.page.getByRole("button", { name: "Open eight viewers here" }).click();
  assert.equal(query(viewer), "?viewers=8");
  const frames = () => viewer.page.frames().filter((frame) => frame.url().includes("small=on"));
  const count = async (what) => (await Promise.all(frames().map((frame) => frame.evaluate(what).catch(() => false)))).filter(Boolean).length;
  await until("all eight play and take from peers", async () => (await count(() => viewer.video.currentTime > 0 && viewer.video.muted && viewer.bytes.peers > 0)) === 8);
  await until("this one gives", () => viewer.page.evaluate(() => viewer.bytes.given > 0));
  await viewer.plays();
  await viewer.page.getByRole("button", { name: "Close them" }).click();
  assert.equal(frames().length, 0);
  assert.equal(query(viewer), "");
  await until("their peers are gone", async () => (await peers(viewer)) === 0);
});

test("the player's own controls: sound, pause, and the way back to live", async (t) => {
  const open = await stage(t);
  const viewer = await open();
  await viewer.plays();
  const video = (ask) => viewer.page.evaluate(ask);
  await viewer.page.locator("media-mute-button").click();
  assert.equal(await video(() => viewer.video.muted), false);
  const live = () => viewer.page.locator("media-live-button").getAttribute("mediatimeislive");
  const behind = () => video(() => viewer.hls.latestLevelDetails.edge - viewer.video.currentTime);
  await until("where everybody begins is live", async () => (await live()) !== null);
  // Seeking back is no way to be behind: hls.js leaves what is before the playlist for the live edge at once.
  await viewer.page.locator("media-play-button").click();
  await until("who pauses is behind", async () => (await behind()) > 24);
  await viewer.page.locator("media-live-button").click();
  await until("the button leads back", async () => (await behind()) < 20 && (await live()) !== null);
  await viewer.plays();
});
