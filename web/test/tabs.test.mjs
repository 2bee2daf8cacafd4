// Tabs that are hidden, and tabs that are busy. A hidden one gives as well: its
// timers run once a second at best, and nothing that serves peers may wait for
// them. In a busy one timers come due before what has arrived was heard.

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

test("a viewer whose page is busy longer than a peer may be silent", async (t) => {
  const server = await startServer(t);
  const browser = await startBrowser(t);
  const first = await browser.open(t, `${server.url}/`);
  await first.plays();
  const second = await browser.open(t, `${server.url}/`, { before: stopOnRequests });
  const seen = await second.until("the page has stood still three times", ({ events }) => count(events, "busy") === 3);
  assert.equal(count(seen.events, "bytes-receiving-timeout"), 0, await second.report());
  assert.ok(seen.peers > 0);
  await second.plays();
});

const count = (lines, word) => lines.filter((line) => line.includes(word)).length;

/** Runs in a page: stops it for longer than the timeout, 2 s, right after it has asked a peer. */
function stopOnRequests() {
  document.addEventListener("DOMContentLoaded", () => {
    const waiting = setInterval(() => {
      if (!window.viewer) return;
      clearInterval(waiting);
      let left = 3;
      window.viewer.engine.addEventListener("onSegmentStart", ({ downloadSource }) => {
        if (downloadSource !== "p2p" || left === 0) return;
        left--;
        setTimeout(() => {
          const end = performance.now() + 2600;
          while (performance.now() < end);
          // Told when what waited meanwhile has had its turn.
          setTimeout(() => window.seen.events.push("busy"), 100);
        });
      });
    });
  });
}
