// A stream as people have them: its segments are encrypted, sound has a track of its
// own, and there are subtitles. Visitors of the demo page share the segments as they are.

import assert from "node:assert/strict";
import test from "node:test";
import { startBrowser } from "./lib/browser.mjs";
import { exchange } from "./lib/exchange.mjs";
import { makeMedia, MEDIA, WORDS } from "./lib/media.mjs";
import { startProxy } from "./lib/proxy.mjs";
import { startServer } from "./lib/server.mjs";
import { until } from "./lib/until.mjs";

const KEYS = /\.key$/;
const SUBTITLES = /\.vtt$/;

test("encrypted segments are shared, keys and subtitles come from the origin, and all of it plays", async (t) => {
  const folder = await makeMedia(t, 60, ["encrypted"]);
  const server = await startServer(t, { args: ["--generator", "off", "--hls-dir", folder] });
  const browser = await startBrowser(t);
  const open = async () => {
    const proxy = await startProxy(t, server.url);
    const query = new URLSearchParams({ stream: `/hls/${MEDIA.encrypted}`, tracker: server.tracker });
    return browser.open(t, `${proxy.url}/?${query}`, { proxy });
  };
  let taker;
  await exchange(t, {
    giver: open,
    taker: async () => (taker = await open()),
    has: ({ loaded }) => loaded.main.http >= 400_000 && loaded.secondary.http >= 60_000,
    types: ["main", "secondary"],
  });
  assert.ok(taker.proxy.requests(KEYS) > 0);

  const { page, proxy } = taker;
  assert.equal(proxy.requests(SUBTITLES), 0, "they are off");
  await page.locator("media-captions-button").click();
  const shown = () => page.evaluate(() => [...document.querySelector("video").textTracks].map(({ activeCues }) => activeCues?.[0]?.text));
  await until("subtitles are shown", async () => (await shown()).includes(WORDS), () => taker.report());
  assert.ok(proxy.requests(SUBTITLES) > 0);

  const { segments } = await taker.plays(1);
  assert.deepEqual(segments.filter(({ url, by }) => by === "engine" && !url.endsWith(".ts")), []);
  const { compared, untrue } = await taker.compare(server.url);
  assert.ok(compared > 0);
  assert.deepEqual(untrue, [], await taker.report());
});
