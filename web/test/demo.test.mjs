// The demo page, as a newcomer meets it: two viewers, who take their video from each
// other.

import assert from "node:assert/strict";
import test from "node:test";
import { startBrowser } from "./lib/browser.mjs";
import { SEGMENTS, startProxy } from "./lib/proxy.mjs";
import { startServer } from "./lib/server.mjs";

test("what two viewers play leaves the origin about once", async (t) => {
  const server = await startServer(t);
  const browser = await startBrowser(t);
  const open = async () => {
    const proxy = await startProxy(t, server.url);
    return browser.open(t, `${proxy.url}/`, { proxy });
  };
  const first = await open();
  await first.plays();
  const second = await open();
  await second.plays();

  await second.until("it has 16 segments", ({ segments }) => segments.length >= 16);
  const { peers, origin, segments, byPeer } = await second.seen();
  const sent = second.proxy.bytes(SEGMENTS);
  const requests = ({ proxy }, { url }) => proxy.sent.get(new URL(url).pathname)?.requests ?? 0;
  const copies = segments.reduce((sum, segment) => sum + requests(first, segment) + requests(second, segment), 0);
  t.diagnostic(`${copies} copies of ${segments.length} segments left the origin; ${peers} bytes came from the first`);
  // The second's own start is fetched again.
  assert.ok(copies <= segments.length + 4, `${copies} copies of ${segments.length} segments\n${await second.report()}`);
  assert.ok(peers > 0, `the page counts ${peers} bytes from peers`);
  assert.ok(origin <= sent, `the page counts ${origin} bytes from the origin, which sent ${sent}`);
  assert.equal(Object.keys(byPeer).length, 1);

  const shown = await second.page.evaluate(() => ({
    stats: { peers: viewer.bytes.peers, origin: viewer.bytes.origin },
    share: document.getElementById("share").textContent,
    notices: document.getElementById("notices").innerText,
  }));
  const share = shown.stats.peers / (shown.stats.peers + shown.stats.origin);
  assert.match(shown.share, /^\d{1,3} %$/);
  assert.ok(Math.abs(Number.parseInt(shown.share) - 100 * share) < 10, `${shown.share} is shown of ${JSON.stringify(shown.stats)}`);
  assert.equal(shown.notices, "");
  await first.plays();
  await second.plays();

  const left = await second.page.evaluate(() => ["Go", "fs", "path", "process"].filter((name) => name in globalThis));
  assert.deepEqual(left, [], "the module leaves nothing on the page's globalThis");
});
