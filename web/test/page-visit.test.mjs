// Visitors of the demo page: they come by whatever name, reload, leave and come back,
// and have other tabs before it. It goes on, without a word in the console.

import assert from "node:assert/strict";
import test, { after, describe } from "node:test";
import { startBrowser } from "./lib/browser.mjs";
import { openWatched } from "./lib/manners.mjs";
import { startServer } from "./lib/server.mjs";
import { until } from "./lib/until.mjs";

const file = { after };
const server = await startServer(file, { host: "" }); // by all its names
const browser = await startBrowser(file);
const { port } = new URL(server.url);

/** Opens the page in the swarm of this test. */
const open = (t, { name = "127.0.0.1", query = "", ...options } = {}) =>
  openWatched(t, browser, `http://${name}:${port}/?swarm=${encodeURIComponent(t.name)}${query}`, options);

const takes = (viewer, bytes = 100_000) => viewer.until(`it takes ${bytes} bytes`, ({ peers }) => peers > bytes);

/** Opens one that others can take from. */
async function openGiver(t, options) {
  const giver = await open(t, options);
  await giver.plays(1);
  return giver;
}

/** A page that the browser has kept is not loaded again. */
const comeBack = ({ page }) => page.goBack({ waitUntil: "commit" });

// Most of their time goes by waiting.
describe("a visitor", { concurrency: 3 }, () => {
  test("reloads", async (t) => {
    const giver = await openGiver(t);
    const viewer = await open(t);
    await takes(viewer);
    await viewer.page.reload();
    const { connected } = await takes(viewer);
    assert.equal(connected.length, 1);
    await viewer.plays(1);
    // It counts from the start of this page on.
    const { counted, taken } = await viewer.page.evaluate(() => ({ counted: window.viewer.bytes.peers, taken: window.seen.peers }));
    assert.equal(counted, taken);
    const { connected: left } = await giver.until("it has the new one alone", ({ connected }) => connected.length === 1);
    assert.deepEqual([...new Set(left)], left);
    assert.deepEqual([...giver.faults, ...viewer.faults], []);
  });

  test("leaves and comes back, twice", async (t) => {
    const giver = await openGiver(t);
    const viewer = await open(t, { before: () => addEventListener("pageshow", ({ persisted }) => (window.persisted = persisted)) });
    await takes(viewer);
    for (const _ of [1, 2]) {
      await viewer.page.goto(`http://127.0.0.1:${port}/?loader=none`);
      await giver.until("it is alone", ({ connected }) => connected.length === 0);
      await comeBack(viewer);
      // Chromium keeps the page as it was.
      assert.ok(await viewer.page.evaluate(() => window.persisted));
      const { peers } = await viewer.seen(); // more than when it left
      const { connected } = await takes(viewer, peers + 100_000);
      assert.equal(connected.length, 1, await viewer.report());
      await viewer.plays(1);
    }
    assert.deepEqual([...giver.faults, ...viewer.faults], []);
  });

  test("tries another loader and comes back, to a page that says which one it has", async (t) => {
    const viewer = await open(t, { query: "&loader=none" });
    await viewer.plays(1);
    const chosen = () => viewer.page.locator("input[name=loader]:checked").inputValue();
    assert.equal(await chosen(), "none");
    await viewer.page.getByLabel("Ours").check({ noWaitAfter: true });
    await viewer.page.waitForURL((url) => !url.searchParams.has("loader"));
    await viewer.plays(1);
    assert.equal(await chosen(), "ours");
    await comeBack(viewer);
    await viewer.plays(1);
    assert.equal(await chosen(), "none");
    assert.deepEqual(viewer.faults, []);
  });

  test("has another tab before the page, which goes on giving, and is right when it is seen again", async (t) => {
    const giver = await openGiver(t, { tab: true });
    const front = await open(t, { tab: true });
    await giver.until("it is hidden", ({ visible }) => !visible);
    await front.plays(1);
    const before = (await giver.seen()).given;
    const viewer = await open(t);
    await takes(viewer);
    await viewer.plays(1);
    const { given } = await giver.until("it has given", ({ given }) => given > before);
    assert.ok(!(await giver.seen()).visible);
    await giver.page.bringToFront();
    await giver.plays(1);
    const shown = () => giver.page.evaluate(() => window.viewer.bytes.given);
    assert.ok((await shown()) >= given);
    assert.deepEqual([...giver.faults, ...front.faults, ...viewer.faults], []);
  });

  test("comes by any name of the server, and meets the others", async (t) => {
    const viewers = [];
    for (const name of ["localhost", "127.0.0.1", "[::1]"]) {
      viewers.push(await open(t, { name }));
      await viewers.at(-1).plays(1);
    }
    for (const viewer of viewers) {
      await viewer.until("it has met both", ({ connected }) => connected.length === 2);
      await viewer.until("it has something to do with them", ({ peers, given }) => peers + given > 0);
      assert.deepEqual(viewer.faults, []);
    }
  });
});

test("the page's policy lets no script run but the server's own files", async () => {
  const { headers } = await fetch(`${server.url}/`);
  const policy = new Map(headers.get("Content-Security-Policy").split("; ").map((directive) => {
    const [name, ...sources] = directive.split(" ");
    return [name, sources];
  }));
  assert.deepEqual(policy.get("default-src"), ["'self'"]);
  assert.deepEqual(policy.get("script-src"), ["'self'", "'wasm-unsafe-eval'"]);
  assert.deepEqual(policy.get("object-src"), ["'none'"]);
});
