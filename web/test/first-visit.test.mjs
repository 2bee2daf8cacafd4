// The demo at an address of the local network, over plain http, where browsers keep much from a page.

import assert from "node:assert/strict";
import test from "node:test";
import { startBrowser } from "./lib/browser.mjs";
import { startServer } from "./lib/server.mjs";

const LAN = "lan.test";

test("plain http at an address of the network: all plays, and nothing is complained of", async (t) => {
  // The name is mapped for pages alone, so there is no STUN server to be found by it.
  const server = await startServer(t, { stun: "off" });
  const browser = await startBrowser(t, [`--host-resolver-rules=MAP ${LAN} 127.0.0.1`]);
  const open = () => browser.open(t, `${server.url.replace("127.0.0.1", LAN)}/`);
  const first = await open();
  assert.deepEqual(await first.page.evaluate(() => [isSecureContext, typeof crypto.subtle]), [false, "undefined"]);
  await first.plays();
  const second = await open();
  await second.until("it takes from the first", ({ peers }) => peers > 0);
  assert.equal((await second.plays()).notices, "");
});
