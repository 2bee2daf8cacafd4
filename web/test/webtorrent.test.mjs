// WebTorrent's own client, as pages use it, in a real browser: two meet at our
// tracker, with our STUN server, and one gets a file from the other.

import assert from "node:assert/strict";
import test from "node:test";
import { startBrowser } from "./lib/browser.mjs";
import { startServer } from "./lib/server.mjs";
import { startSite } from "./lib/site.mjs";

const page = `<!doctype html>
<meta charset="utf-8">
<title>torrent</title>
<script type="module">
  import WebTorrent from "/node_modules/webtorrent/dist/webtorrent.min.js";
  window.WebTorrent = WebTorrent;
</script>`;

const SIZE = 3_000_000;

/** Runs in a page: makes a client of WebTorrent. */
function start({ tracker, stun }) {
  window.warnings = [];
  window.options = { announce: [tracker] };
  window.client = new window.WebTorrent({ tracker: { rtcConfig: { iceServers: [{ urls: stun }] } } });
  window.client.on("error", (error) => window.warnings.push(error.message));
}

/** Runs in a page: seeds bytes that nobody else has. */
async function seed(size) {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 60_000) crypto.getRandomValues(bytes.subarray(at, at + 60_000));
  const torrent = await new Promise((resolve) => window.client.seed(new File([bytes], "file.bin"), window.options, resolve));
  torrent.on("warning", (warning) => window.warnings.push(warning.message));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return { magnet: torrent.magnetURI, digest: [...digest] };
}

/** Runs in a page: fetches the file. */
async function fetchAll(magnet) {
  const torrent = window.client.add(magnet, window.options);
  torrent.on("warning", (warning) => window.warnings.push(warning.message));
  await new Promise((resolve) => torrent.on("done", resolve));
  const bytes = await (await torrent.files[0].blob()).arrayBuffer();
  return { size: bytes.byteLength, digest: [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))] };
}

test("a page gets a file from another by WebTorrent", async (t) => {
  const server = await startServer(t);
  const site = await startSite(t, { "/torrent.html": page });
  const { browser } = await startBrowser(t);
  const [seeder, fetcher] = await Promise.all([0, 1].map(async () => {
    const opened = await (await browser.newContext()).newPage();
    await opened.goto(`${site.origin}/torrent.html`);
    await opened.waitForFunction(() => window.WebTorrent);
    await opened.evaluate(start, { tracker: server.tracker, stun: `stun:127.0.0.1:${server.stunPort}` });
    return opened;
  }));
  const { magnet, digest } = await seeder.evaluate(seed, SIZE);
  const got = await fetcher.evaluate(fetchAll, magnet);
  assert.deepEqual(got, { size: SIZE, digest });
  for (const opened of [seeder, fetcher]) assert.deepEqual(await opened.evaluate(() => window.warnings), []);

  // They were told of each other by our tracker, and by nobody else.
  const { peersCount, peersCountPerInfoHashPerTracker: [swarms] } = await (await fetch(`${server.url}/stats.json`)).json();
  const hash = /btih:([0-9a-f]{40})/.exec(magnet)[1];
  assert.equal(swarms[hash], 2, JSON.stringify(swarms));
  assert.equal(peersCount, 2);
});
