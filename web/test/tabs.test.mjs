// Tabs that are busy: in one, timers come due before what has arrived was heard.
// What hidden ones give is among the faults.

import assert from "node:assert/strict";
import test from "node:test";
import { startBrowser } from "./lib/browser.mjs";
import { startServer } from "./lib/server.mjs";

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
