// The demo page, as a newcomer meets it: two viewers, the second takes its video
// from the first.

import assert from "node:assert/strict";
import test from "node:test";
import { startBrowser } from "./lib/browser.mjs";
import { SEGMENTS, startProxy } from "./lib/proxy.mjs";
import { startServer } from "./lib/server.mjs";

test("the second viewer gets more than half of its bytes from the first", async (t) => {
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
  const played = segments.reduce((sum, { size }) => sum + size, 0);
  const sent = second.proxy.bytes(SEGMENTS);
  t.diagnostic(`of ${played} bytes the origin sent ${sent}`);
  assert.ok(sent < played / 2, `the origin sent ${sent} of the ${played} bytes that played\n${await second.report()}`);
  assert.ok(peers > (peers + origin) / 2, `the page counts ${peers} bytes from peers and ${origin} from the origin`);
  assert.ok(origin <= sent, `the page counts ${origin} bytes from the origin, which sent ${sent}`);
  assert.equal(Object.keys(byPeer).length, 1);

  const shown = await second.page.evaluate(() => ({
    stats: { peers: viewer.stats.peers, origin: viewer.stats.origin },
    share: document.getElementById("share").textContent,
    notices: document.getElementById("notices").innerText,
  }));
  assert.ok(shown.stats.peers > shown.stats.origin, JSON.stringify(shown));
  assert.match(shown.share, /^(5[1-9]|[6-9]\d|100) %$/);
  assert.equal(shown.notices, "");
  await first.plays();
  await second.plays();

  const left = await second.page.evaluate(() => ["Go", "fs", "path", "process"].filter((name) => name in globalThis));
  assert.deepEqual(left, [], "the module leaves nothing on the page's globalThis");
});
