// What the demo page says of its swarm, and of what is missing or wrong: each
// trouble is made for real, seen on the page, and gone when it is mended.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { startBrowser } from "./lib/browser.mjs";
import * as places from "./lib/places.mjs";
import { LISTS, PLAYLISTS, SEGMENTS, startProxy } from "./lib/proxy.mjs";
import { startServer } from "./lib/server.mjs";
import { startSite } from "./lib/site.mjs";
import { until } from "./lib/until.mjs";

/** What the page says, by cause. */
const told = ({ page }) => page.evaluate(() =>
  Object.fromEntries([...document.querySelectorAll("#notices li")].map((item) => [item.dataset.cause, `${item.className}: ${item.innerText.replaceAll(/\s+/g, " ")}`])));

/** Waits until the page says something of a cause that matches; gives it. */
async function says(viewer, cause, pattern) {
  let now = {};
  return until(
    `the page says ${pattern} of ${cause}`,
    async () => pattern.test((now = await told(viewer))[cause] ?? "") && now[cause],
    async () => `${JSON.stringify(now, undefined, 2)}\n${await viewer.report()}`,
  );
}

/** Waits until the page says nothing more of a cause. */
const isSilent = (viewer, cause) =>
  until(`the page says no more of ${cause}`, async () => !(cause in (await told(viewer))), () => viewer.report());

const name = ({ page }) => page.evaluate(() => viewer.name);
const apply = ({ page }, core) => page.evaluate((core) => viewer.engine.applyDynamicConfig({ core }), core);

/** The table of the swarm: figures by name. */
const table = ({ page }) => page.evaluate(() =>
  Object.fromEntries([...document.querySelectorAll("#swarm tbody tr")].map((row) => {
    const [who, generation, taken, given] = [...row.cells].map((cell) => cell.firstElementChild?.tagName === "CODE" ? cell.innerText : cell.firstChild.textContent);
    return [who, { id: row.querySelector("code")?.title, generation, taken, given }];
  })));

const graph = ({ page }) => page.evaluate(() => ({
  names: [...document.querySelectorAll("#swarm .node .name")].map((text) => text.textContent).sort(),
  label: document.querySelector("#swarm svg").getAttribute("aria-label"),
}));

/** What opens the page of a server of the test's own, each viewer behind its own proxy. */
async function stage(t, browser, args = []) {
  const server = await startServer(t, { args });
  const open = async (query = "", { rules = [], ...options } = {}) => {
    const proxy = await startProxy(t, server.url);
    const ends = rules.map(([pattern, treatment]) => proxy.rule(pattern, treatment));
    const viewer = await browser.open(t, `${proxy.url}/${query}`, { proxy, ...options });
    await viewer.page.waitForFunction(() => window.viewer);
    return Object.assign(viewer, { mend: () => ends.forEach((end) => end()) });
  };
  const stats = async () => (await fetch(`${server.url}/stats.json`)).json();
  return { server, open, stats };
}

test("the swarm and what is wrong", async (t) => {
  const browser = await startBrowser(t);

  await t.test("nobody else, others elsewhere, and a peer, with the figures of both ends", async (t) => {
    const { open, stats } = await stage(t, browser);
    const first = await open();
    assert.match(await says(first, "peers", /only viewer/), /^information: /);
    assert.match(await first.page.innerText("#swarm .nobody"), /Open another viewer/);
    assert.deepEqual((await graph(first)).names, [await name(first), "origin"].sort());
    assert.equal((await stats()).peersCount, 1);

    const stranger = await open("?swarm=elsewhere");
    await says(first, "peers", /counts 2 viewers.*no other of the same rendition/);
    assert.equal((await stats()).peersCount, 2);
    await stranger.page.close();

    const second = await open();
    const [one, other] = [await name(first), await name(second)];
    for (const viewer of [first, second]) {
      await until("they have met", async () => Object.keys(await table(viewer)).length === 2, () => viewer.report());
      await isSilent(viewer, "peers");
      assert.deepEqual((await graph(viewer)).names, [one, other, "origin"].sort());
      assert.match((await graph(viewer)).label, /1 peer around it/);
    }
    assert.equal(await first.page.locator("#swarm .nobody").count(), 0);
    const { id, generation } = (await table(second))[one];
    assert.equal(generation, "2.3");
    assert.match(id, new RegExp(`^-PM0203-${one}....$`));

    await until("an edge from a peer is lit", () => second.page.evaluate(() => document.querySelector("#swarm .flow.peers") !== null));
    // Segments come every 2 s, and between them both ends have counted the same.
    const figures = ({ page }) => page.evaluate(() => {
      const [{ taken, given }] = viewer.peers.connected.values();
      return { taken, given, all: viewer.bytes.peers };
    });
    // Tables are drawn after what they show is counted, and round it.
    const shows = (shown, bytes) => {
      const [, number, unit] = /^([\d.]+) (B|kB|MB)$/.exec(shown);
      const one = { B: 1, kB: 1e3, MB: 1e6 }[unit];
      return Math.abs(number * one - bytes) <= 0.5 * (number.includes(".") ? one / 10 : one);
    };
    await until("both ends count the same, and the tables show it", async () => {
      const [a, b] = [await figures(first), await figures(second)];
      const [left, right] = [(await table(first))[other], (await table(second))[one]];
      return b.taken > 0 && a.given === b.taken && b.given === a.taken && b.all === b.taken &&
        shows(left.given, a.given) && shows(right.taken, b.taken) && shows(left.taken, a.taken) && shows(right.given, b.given);
    }, async () => JSON.stringify([await figures(first), await figures(second), await table(first), await table(second)]));

    await first.page.close();
    await until("who has gone is off the table", async () => Object.keys(await table(second)).length === 1, () => second.report());
    await says(second, "peers", /only viewer/);
    assert.equal((await stats()).peersCount, 1);
  });

  await t.test("others whom no connection reaches", async (t) => {
    const { open } = await stage(t, browser);
    const first = await open();
    await says(first, "peers", /only viewer/);
    // Without a relay nothing of it can be reached.
    const hidden = await open("", {
      before: () => {
        window.RTCPeerConnection = class extends RTCPeerConnection {
          constructor(configuration) {
            super({ ...configuration, iceTransportPolicy: "relay" });
          }
        };
      },
    });
    assert.match(await says(first, "peers", /counts 2 viewers of this rendition.*connecting/), /^information: /);
    assert.match(await says(first, "peers", /no connection to any of them/), /^warning: /);
    await hidden.page.close();
    await says(first, "peers", /only viewer/);
  });

  await t.test("a tracker that goes and comes back", async (t) => {
    const { open } = await stage(t, browser);
    const flags = ["--generator", "off"];
    const tracker = await startServer(t, { args: flags, stun: "off" });
    const query = `?tracker=${encodeURIComponent(tracker.tracker)}`;
    const viewer = await open(query);
    await says(viewer, "peers", /only viewer|no other/);
    await tracker.stop("SIGKILL");
    const text = await says(viewer, "tracker", /does not answer.*Trying again in \d+ s/);
    assert.match(text, /^warning: /);
    const { hidden, role } = await viewer.page.evaluate(() => ({
      hidden: document.querySelector("#notices .countdown").getAttribute("aria-hidden"),
      role: document.getElementById("notices").getAttribute("role"),
    }));
    assert.deepEqual({ hidden, role }, { hidden: "true", role: "status" });
    const seconds = () => viewer.page.evaluate(() => Number(/in (\d+) s/.exec(document.querySelector("#notices .countdown")?.textContent)?.[1] ?? 0));
    let before = await seconds();
    await until("the seconds count down", async () => {
      const now = await seconds();
      const down = now < before;
      before = now;
      return down;
    });
    // npm's core tells of a tracker only when it cannot connect, and not when it tries again.
    const javascript = await open(`${query}&loader=javascript`);
    const plain = await says(javascript, "tracker", /does not answer/);
    assert.doesNotMatch(plain, /in \d+ s/);
    await startServer(t, { args: [...flags, "--listen", new URL(tracker.tracker).host], stun: "off" });
    await isSilent(viewer, "tracker");
    await isSilent(javascript, "tracker");
    await viewer.plays(1);
  });

  await t.test("a browser without WebRTC, WebAssembly, or Media Source Extensions", async (t) => {
    const { open } = await stage(t, browser);
    const without = async (cause, pattern, before) => {
      const viewer = await open("", { before });
      assert.match(await says(viewer, cause, pattern), /^warning: /);
      assert.equal("peers" in (await told(viewer)), false, "that alone says why there are no peers");
      return viewer;
    };
    const [webrtc, refused, wasm] = await Promise.all([
      without("webrtc", /has no WebRTC/, () => delete window.RTCPeerConnection),
      without("webrtc", /has no WebRTC/, () => {
        window.RTCPeerConnection = class {
          constructor() {
            throw new DOMException("not allowed");
          }
        };
      }),
      without("loader", /loader cannot run: this browser has no WebAssembly/, () => delete window.WebAssembly),
      without("player", /Media Source Extensions/, () => {
        delete window.MediaSource;
        delete window.ManagedMediaSource;
        delete window.WebKitMediaSource;
      }),
    ]);
    for (const viewer of [webrtc, refused, wasm]) await viewer.plays(1);
  });

  await t.test("digests that are missing and come back, and such as are false", async (t) => {
    const { open } = await stage(t, browser);
    const rules = [[LISTS, { status: 404 }]];
    const viewers = [await open("", { rules }), await open("", { rules })];
    const toldOf = async () => {
      for (const viewer of viewers) if ("digests-missing" in (await told(viewer))) return viewer;
    };
    const report = async () => (await Promise.all(viewers.map((viewer) => viewer.report()))).join("\n");
    const one = await until("a page says that digests are missing", toldOf, report);
    assert.match(await says(one, "digests-missing", /list of digests cannot be had/), /^warning: /);
    viewers.forEach((viewer) => viewer.mend());
    await isSilent(one, "digests-missing");

    const rewrite = (text) => JSON.stringify(Object.fromEntries(
      Object.entries(JSON.parse(text)).map(([name, hex]) => [name, (hex[0] === "0" ? "1" : "0") + hex.slice(1)])));
    const deceived = await open("?swarm=false", { rules: [[LISTS, { rewrite }]] });
    const other = await open("?swarm=false", { rules: [[LISTS, { rewrite }]] });
    const both = [deceived, other];
    const misled = await until("a page says that digests are false", async () => {
      for (const viewer of both) if ("digests-false" in (await told(viewer))) return viewer;
    }, async () => (await Promise.all(both.map((viewer) => viewer.report()))).join("\n"));
    assert.match(await says(misled, "digests-false", /list of digests is false/), /^warning: /);
    await misled.plays(1);
  });

  await t.test("a STUN server that does not answer", async (t) => {
    const { open } = await stage(t, browser);
    const viewer = await open("", {
      before: () => {
        window.RTCPeerConnection = class extends RTCPeerConnection {
          constructor(configuration) {
            super({ ...configuration, iceServers: [{ urls: "stun:nowhere.invalid:3478" }] });
          }
        };
      },
    });
    assert.match(await says(viewer, "stun-failed", /STUN server did not answer/), /^warning: /);
  });

  await t.test("sharing switched off and on, and an upload limit", async (t) => {
    const { open } = await stage(t, browser);
    const giver = await open("?p2p=off");
    assert.match(await says(giver, "p2p", /switched off/), /^information: /);
    await giver.plays(1);
    assert.deepEqual(Object.keys(await told(giver)), ["p2p"]);
    await giver.page.uncheck("#p2p", { force: true });
    await giver.page.check("#p2p");
    await isSilent(giver, "p2p");
    await says(giver, "peers", /only viewer/);
    await apply(giver, { uploadTotalLimit: 0.05 });
    const taker = await open();
    await taker.plays(1);
    assert.match(await says(giver, "upload-limit-reached", /limit is reached/), /^information: /);
    const given = await giver.page.evaluate(() => viewer.bytes.given);
    assert.ok(given >= 50_000, `${given} bytes were given`);
  });

  await t.test("a stream that is not there yet, and an origin that fails", async (t) => {
    const { open } = await stage(t, browser);
    const viewer = await open("", { rules: [[PLAYLISTS, { status: 404 }]] });
    assert.match(await says(viewer, "stream", /no stream at .*master\.m3u8/), /^warning: /);
    viewer.mend();
    await isSilent(viewer, "stream");
    await viewer.until("a frame is shown", ({ frames }) => frames > 0);
    for (const pattern of [SEGMENTS, PLAYLISTS]) {
      const end = viewer.proxy.rule(pattern, { status: 503 });
      assert.match(await says(viewer, "origin", /origin does not answer/), /^warning: /);
      end();
      await isSilent(viewer, "origin");
    }
    const { frames } = await viewer.seen();
    await viewer.until("the video goes on", (seen) => seen.frames > frames + 25);
  });

  await t.test("a peer that lies is named, and one that only goes is not", async (t) => {
    const { server, open } = await stage(t, browser);
    const site = await startSite(t);
    const viewer = await open("", {
      before: () => {
        const { send } = WebSocket.prototype;
        WebSocket.prototype.send = function (message) {
          window.infoHash ??= JSON.parse(message).info_hash;
          send.call(this, message);
        };
      },
    });
    await apply(viewer, { highDemandTimeWindow: 4 });
    await viewer.plays();
    const visitor = await open();
    await until("they have met", async () => Object.keys(await table(viewer)).length === 2, () => viewer.report());
    await visitor.page.close();
    await until("it has gone", async () => Object.keys(await table(viewer)).length === 1, () => viewer.report());
    assert.equal("lies" in (await told(viewer)), false);
    const infoHash = await viewer.page.evaluate(() => window.infoHash);
    const liars = ["false", "ends late"];
    await browser.open(t, site.page({ script: "hostile", tracker: server.tracker, infoHash, stream: `${server.url}/hls/180p/`, liars }));
    assert.match(await says(viewer, "lies", /The peer false--- gave false bytes/), /^warning: /);
    assert.match(await says(viewer, "violations", /The peer ends-lat broke the rules/), /^warning: /);
    assert.equal((await viewer.compare(server.url)).untrue.length, 0);
  });

  await t.test("nothing of it is a fault to axe-core, with a trouble and a peer on the page", async (t) => {
    const { open } = await stage(t, browser);
    const viewer = await open();
    await open();
    await until("they have met", async () => Object.keys(await table(viewer)).length === 2, () => viewer.report());
    await viewer.page.evaluate(() => viewer.troubles.set("trial", "A trial.", "warning", performance.now() + 60_000));
    await says(viewer, "trial", /Trying again in \d+ s/);
    await viewer.page.evaluate(await readFile(join(places.modules, "axe-core/axe.min.js"), "utf8"));
    for (const colorScheme of ["light", "dark"]) {
      await viewer.page.emulateMedia({ colorScheme });
      const { violations } = await viewer.page.evaluate(() => window.axe.run("#swarm, #notices"));
      assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes[0].html]), [], colorScheme);
    }
  });
});
