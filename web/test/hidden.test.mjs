// A hidden tab gives as well: its timers run once a second at best, and nothing
// that serves peers may wait for them.

import assert from "node:assert/strict";
import test from "node:test";
import { startBrowser } from "./lib/browser.mjs";
import { SEGMENTS, startProxy } from "./lib/proxy.mjs";
import { startServer } from "./lib/server.mjs";

test("a viewer in a hidden tab gives to one in front of it", async (t) => {
  const server = await startServer(t);
  const browser = await startBrowser(t);
  const open = async () => {
    const proxy = await startProxy(t, server.url);
    return browser.open(t, `${proxy.url}/`, { proxy, tab: true });
  };
  const first = await open();
  await first.page.bringToFront();
  await first.plays();
  const second = await open();
  await second.page.bringToFront();
  await first.until("it is hidden", ({ visible }) => !visible);
  await second.plays();

  await second.until("it has 16 segments", ({ segments }) => segments.length >= 16);
  const { segments, visible } = await second.seen();
  assert.ok(visible);
  const played = segments.reduce((sum, { size }) => sum + size, 0);
  const sent = second.proxy.bytes(SEGMENTS);
  t.diagnostic(`of ${played} bytes the origin sent ${sent}`);
  assert.ok(sent < played / 2, `the origin sent ${sent} of the ${played} bytes that played\n${await second.report()}\n${await first.report()}`);
  const { visible: shown, events } = await first.seen();
  assert.equal(shown, false);
  assert.ok(!events.some((line) => line.includes("FATAL")), await first.report());
});
