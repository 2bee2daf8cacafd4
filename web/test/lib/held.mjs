// What a page holds on to.

import { join } from "node:path";
import * as places from "./places.mjs";
import { until } from "./until.mjs";

/**
 * Opens a page that can be measured, without the log and the observer that grow
 * with what they see. It closes with `t`.
 *
 * @param ready what the page's script puts on window when it can be used.
 * @param scripts of in-page/, which run before its own.
 */
export async function openMeasured(t, { browser }, url, ready, scripts = []) {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  for (const name of ["held", ...scripts]) await page.addInitScript({ path: join(places.lib, `in-page/${name}.js`) });
  await page.goto(url);
  await until("the page is ready", () => page.evaluate((ready) => ready in window, ready));
  return page;
}

/** What is in use after JavaScript's own garbage collection, in bytes: `usedSize`, of objects, and `backingStorageSize`, of array buffers. */
export const heapUsage = (page) => withProtocol(page, collect);

/** Bytes of array buffers that JavaScript's own garbage collection leaves: with those that Go still holds in vain. */
export async function heldBuffers(page) {
  return (await heapUsage(page)).backingStorageSize;
}

/**
 * What is left when Go has collected its garbage, too: bytes of JavaScript's heap,
 * of array buffers and of the module's memory; numbers of connections and of what
 * in-page/held.js counts.
 */
export async function held(page) {
  await page.evaluate(async () => (await import("/in-page/sweep.js")).sweep());
  return withProtocol(page, async (protocol) => {
    const { usedSize, backingStorageSize } = await collect(protocol);
    const connections = await countObjects(protocol, "RTCPeerConnection");
    return { heap: usedSize, buffers: backingStorageSize, connections, ...(await page.evaluate(() => window.held())) };
  });
}

async function withProtocol(page, use) {
  const protocol = await page.context().newCDPSession(page);
  try {
    return await use(protocol);
  } finally {
    await protocol.detach();
  }
}

/** Collects JavaScript's garbage; returns how much is in use. */
async function collect(protocol) {
  await protocol.send("HeapProfiler.collectGarbage");
  return protocol.send("Runtime.getHeapUsage");
}

async function countObjects(protocol, name) {
  const objectGroup = "count";
  const { result } = await protocol.send("Runtime.evaluate", { expression: `${name}.prototype`, objectGroup });
  const { objects } = await protocol.send("Runtime.queryObjects", { prototypeObjectId: result.objectId, objectGroup });
  const { result: count } = await protocol.send("Runtime.callFunctionOn", {
    objectId: objects.objectId, functionDeclaration: "function () { return this.length; }", returnByValue: true,
  });
  await protocol.send("Runtime.releaseObjectGroup", { objectGroup });
  return count.value;
}
