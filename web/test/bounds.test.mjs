// The bounds that a page sets to what it gives and to its peers, and the warning of a
// STUN server that is gone: in a real browser, where each must hold while all plays.

import assert from "node:assert/strict";
import test, { after } from "node:test";
import { startBrowser } from "./lib/browser.mjs";
import { startServer } from "./lib/server.mjs";
import { startSite } from "./lib/site.mjs";
import { Stage } from "./lib/stage.mjs";
import { pause } from "./lib/until.mjs";

const file = { after };
const parts = { server: await startServer(file), site: await startSite(file), browser: await startBrowser(file) };

/** Changes the Core's settings while it plays. */
const set = (viewer, core) => viewer.page.evaluate((core) => window.viewer.engine.applyDynamicConfig({ core }), core);

const warnings = ({ events }) => events.flatMap((event) => /^\S+ warning (\S+)/.exec(event)?.[1] ?? []);

/** Runs in a page: `window.gave` is how many bytes went to peers, and in how many seconds since the first. */
function timeGiving() {
  let [bytes, since] = [0, undefined];
  addEventListener("load", () => {
    window.viewer.engine.addEventListener("onChunkUploaded", (n) => {
      since ??= performance.now();
      bytes += n;
    });
  });
  window.gave = () => ({ bytes, seconds: (performance.now() - since) / 1000 });
}

/** Runs in a page: the browser saves data until `window.spend()`. */
function saveData() {
  const connection = Object.assign(new EventTarget(), { saveData: true });
  Object.defineProperty(navigator, "connection", { value: connection });
  window.spend = () => {
    connection.saveData = false;
    connection.dispatchEvent(new Event("change"));
  };
}

// They mostly wait, and so they do together.
test("bounds", { concurrency: true }, async (t) => {
  await Promise.all([
    t.test("what is given keeps to the rate, and ends at the total", async (t) => {
      const stage = new Stage(t, t.name, "ours", parts);
      const giver = await stage.open({ before: timeGiving, p2p: { uploadRateLimit: 200 } });
      await giver.plays(1);
      const taker = await stage.open({ p2p: { isP2PUploadDisabled: true } });
      await giver.until("it has given for 4 s", async () => (await giver.page.evaluate(() => window.gave())).seconds >= 4);
      const { bytes, seconds } = await giver.page.evaluate(() => window.gave());
      const most = 25_000 * (seconds + 1.5); // which may come at once
      assert.ok(bytes > most / 3 && bytes <= most, `${bytes} bytes in ${seconds} s, want up to ${most}`);

      const total = bytes + 100_000;
      await set(giver, { uploadRateLimit: undefined, uploadTotalLimit: total / 1e6 });
      const isSpent = (seen) => warnings(seen).includes("upload-limit-reached");
      await giver.until("it has given as much as it may", isSpent);
      const { given, events } = await giver.seen();
      assert.equal(given, total, await giver.report());
      const { time, origin } = await taker.seen();
      await taker.until("it has the rest from the origin", (now) => now.time > time + 3 && now.origin > origin);
      const later = await giver.seen();
      assert.equal(later.given, given);
      assert.deepEqual(warnings(later), ["upload-limit-reached"], events.join("\n"));
    }),

    t.test("nothing is given while the browser saves data", async (t) => {
      const stage = new Stage(t, t.name, "ours", parts);
      const giver = await stage.open({ before: saveData });
      await giver.plays(1);
      const taker = await stage.open({ p2p: { isP2PUploadDisabled: true } });
      await taker.until("they are connected", ({ connected }) => connected.length === 1);
      await taker.plays(4);
      assert.equal((await taker.seen()).peers, 0, await taker.report());
      await giver.page.evaluate(() => window.spend());
      await taker.until("it has something from its peer", ({ peers }) => peers > 0);
    }),

    t.test("no more peers than the page wants", async (t) => {
      const stage = new Stage(t, t.name, "ours", parts);
      const viewers = await Promise.all([1, 2, 3].map(() => stage.open({ p2p: { maxPeers: 1 } })));
      let most = 0;
      const look = async () => {
        const counts = await Promise.all(viewers.map(async (viewer) => (await viewer.seen()).connected.length));
        most = Math.max(most, ...counts);
        return counts.filter((n) => n > 0).length;
      };
      await viewers[0].until("two have met", async () => (await look()) === 2);
      for (let i = 0; i < 6; i++) {
        await pause(0.5);
        await look();
      }
      assert.equal(most, 1);
      for (const viewer of viewers) await viewer.plays(1);
    }),

    t.test("no peers below the number of viewers that the page wants", async (t) => {
      const stage = new Stage(t, t.name, "ours", parts);
      const open = () => stage.open({ p2p: { minViewers: 3 } });
      const viewers = [await open(), await open()];
      for (const viewer of viewers) await viewer.plays(3);
      for (const viewer of viewers) assert.deepEqual((await viewer.seen()).connected, []);
      viewers.push(await open());
      for (const viewer of viewers) await viewer.until("it has met both", ({ connected }) => connected.length === 2);
      await viewers[2].until("it has something from them", ({ peers }) => peers > 0);
    }),

    t.test("a STUN server that is gone is told of, and viewers meet without it", async (t) => {
      const stage = new Stage(t, t.name, "ours", parts);
      const iceServers = [
        { urls: ["stun:nowhere.invalid:3478", `stun:127.0.0.1:${parts.server.stunPort}`] },
        { urls: "turn:nowhere.invalid:5349", username: "u", credential: "c" },
      ];
      const viewers = [1, 2].map(() => stage.open({ p2p: { rtcConfig: { iceServers } } }));
      for (const viewer of await Promise.all(viewers)) {
        const told = ({ events }) => events.filter((event) => event.includes(" warning stun-failed ")).map((event) => event.split(" ")[3]);
        // Of a TURN server Chromium tells as of the STUN server that it is as well, as of itself, or both.
        const both = (seen) => told(seen).includes("stun:nowhere.invalid:3478:") && told(seen).some((name) => name.includes(":5349"));
        const seen = await viewer.until("it has a peer, and is warned of both", (seen) => seen.connected.length === 1 && both(seen));
        assert.ok(told(seen).every((name) => name.includes("nowhere.invalid")), seen.events.join("\n"));
        assert.equal(new Set(told(seen)).size, told(seen).length, seen.events.join("\n"));
      }
    }),
  ]);
});
