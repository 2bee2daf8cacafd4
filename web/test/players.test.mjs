// Several players on one page: each is a peer of its own, those of one stream
// share with each other, and each hears of itself alone.

import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { startBrowser } from "./lib/browser.mjs";
import * as places from "./lib/places.mjs";
import { startProxy } from "./lib/proxy.mjs";
import { startServer } from "./lib/server.mjs";
import { ourCore, startSite } from "./lib/site.mjs";
import { until } from "./lib/until.mjs";

const sum = (bytes) => Object.values(bytes).reduce((all, some) => all + some, 0);

test("two players of one stream, and one of another", async (t) => {
  const server = await startServer(t);
  const site = await startSite(t);
  const browser = await startBrowser(t);
  const proxy = await startProxy(t, server.url);
  const setup = {
    core: ourCore(server.url),
    script: "players",
    stream: `${proxy.url}/hls/master.m3u8`,
    hls: { liveSyncDurationCount: 8, startLevel: 0 },
    p2p: { announceTrackers: [server.tracker], rtcConfig: { iceServers: [] } },
  };
  const before = { path: join(places.lib, "in-page/break-module.js") };
  const { page, lines } = await browser.open(t, site.page(setup), { proxy, before, tab: true });
  const told = (name) => page.evaluate((name) => window.players[name].told, name);
  const report = async () => [...(await page.evaluate(() => Object.entries(window.players).map(([name, { told }]) => JSON.stringify({ name, ...told })))), ...lines.slice(-100)].join("\n");
  /** Waits until what was told to these players satisfies. */
  const when = (what, names, satisfies) =>
    until(what, async () => {
      const now = await Promise.all(names.map(told));
      return satisfies(...now) && now;
    }, report);
  const play = (name, swarm) => page.evaluate(([name, swarm]) => window.player(name, swarm), [name, `${t.name} ${swarm}`]);
  const goesOn = async (name) => {
    const { time } = await told(name);
    await when(`${name} plays on`, [name], (now) => now.time > time + 3);
  };
  await page.waitForFunction(() => window.player);

  await play("first", "one");
  await play("other", "another");
  await when("two play", ["first", "other"], (first, other) => first.time > 3 && other.time > 3);
  await play("second", "one");
  const [first, second] = await when("the second has taken from the first", ["first", "second"], (first, second) => sum(second.taken) > 100_000 && first.connected.length === 1);
  const [idOfSecond, idOfFirst] = [first.connected[0], second.connected[0]];
  assert.notEqual(idOfFirst, idOfSecond);
  assert.deepEqual(Object.keys(second.taken), [idOfFirst]);
  assert.deepEqual(Object.keys(first.given), [idOfSecond]);
  assert.ok(sum(first.given) + 2 * 65_535 >= sum(second.taken), await report());
  for (const name of ["first", "second", "other"]) await goesOn(name);
  const other = await told("other");
  assert.deepEqual([other.taken, other.given, other.connected], [{}, {}, []], "what happens in the other swarm is not its own");

  // Somebody else meets both.
  const guest = await browser.open(t, site.page({ ...setup, script: undefined, p2p: { ...setup.p2p, swarmId: `${t.name} one` } }));
  await guest.until("a guest meets both", ({ connected }) => connected.length === 2);
  const { connected } = await guest.seen();
  assert.deepEqual([...connected].sort(), [idOfFirst, idOfSecond].sort());

  // One goes, the other stays; what is late is told to nobody.
  await page.evaluate(() => window.players.first.hls.destroy());
  const gone = await told("first");
  assert.deepEqual(gone.connected, []);
  await when("the second has the guest alone", ["second"], ({ connected }) => connected.length === 1 && connected[0] !== idOfFirst);
  await goesOn("second");
  await guest.plays();
  const { time: _, ...late } = await told("first");
  const { time: __, ...then } = gone;
  assert.deepEqual(late, then);

  // A source loaded anew is a new life, which joins again and shares.
  await page.evaluate((stream) => window.players.second.hls.loadSource(stream), `${setup.stream}?again`);
  await play("third", "one");
  const all = await when("those who are there share", ["second", "third"], (second, third) => second.connected.length === 2 && third.connected.length === 2 && sum(third.taken) > 0);
  for (const { fatal } of all) assert.deepEqual(fatal, []);
  await goesOn("second");
  await goesOn("third");
  await guest.plays();

  // All that while localStorage.debug was "p2pml-core*".
  for (const namespace of ["hybrid-loader-main", "request-main", "peer", "p2p-tracker-client", "p2p-loaders-container", "segment-memory-storage"]) {
    assert.ok(lines.some((line) => line.includes(`p2pml-core:${namespace} `)), `nothing was said under ${namespace}`);
  }

  // The module dies while the page is hidden: each player is told once, and goes on alone.
  const left = ["second", "third", "other"];
  await page.context().pages()[0].bringToFront();
  await page.waitForFunction(() => document.hidden);
  await page.evaluate(() => window.breakModule("panic"));
  await when("each has been told", left, (...all) => all.every(({ ends, connected }) => ends.length === 1 && connected.length === 0));
  await guest.until("the guest has noticed", ({ connected }) => connected.length === 0);
  await page.bringToFront(); // the browser itself may have stopped the video meanwhile
  await goesOn("second");
  await goesOn("other");
  await page.evaluate(() => window.players.second.hls.destroy());
  await play("fourth", "one");
  await when("one that is made then plays", ["fourth"], ({ time }) => time > 3);
  for (const name of left) assert.equal((await told(name)).ends.length, 1);
  assert.equal(lines.filter((line) => line.includes("no peer-to-peer on this page")).length, 1);
});
