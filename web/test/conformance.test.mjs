// One list of scenarios, and two cores: npm's and ours, ours both before its
// module runs and after. What they were asked and what they said is compared,
// line by line; then with npm's engine on top of each, and with a peer that has
// npm's. web/docs/differences.md lists what may differ.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test, { after } from "node:test";
import { diff, same } from "./conformance/compare.mjs";
import * as engine from "./conformance/engine.mjs";
import { startScriptedOrigin } from "./conformance/origin.mjs";
import * as peers from "./conformance/peers.mjs";
import { brief, distinct, readStated } from "./conformance/stated.mjs";
import { startBadTrackers } from "./conformance/trackers.mjs";
import { startBrowser } from "./lib/browser.mjs";
import * as places from "./lib/places.mjs";
import { MODULE, startProxy } from "./lib/proxy.mjs";
import { startServer } from "./lib/server.mjs";
import { NPM_CORE, ourCore, startSite } from "./lib/site.mjs";

const file = { after };
const server = await startServer(file);
const pages = {};
const site = await startSite(file, pages);
const browser = await startBrowser(file);
const origin = await startScriptedOrigin(file);
const badTrackers = await startBadTrackers(file);
const withoutModule = await startProxy(file, server.url);
withoutModule.hold(MODULE);

/** A page of conformance/in-page/ on a core. */
async function open(who, core, script = "direct") {
  const setup = { who, core, origin, badTrackers, tracker: server.tracker, script: `/conformance/in-page/${script}` };
  const before = { path: join(places.tests, "conformance/in-page/instantiated.js") };
  const { page } = await browser.open(file, site.page(setup), { before });
  await page.waitForFunction(() => window.isReady);
  return page;
}

const npm = await open("npm", NPM_CORE);
/** Ours, before its module runs and after. */
const ours = { early: await open("early", ourCore(withoutModule.url)), ready: await open("ready", ourCore(server.url)) };
await ours.ready.evaluate(() => window.moduleRuns());

/** Pages that share. */
const [giver, taker, our] = [
  await open("giver", NPM_CORE, "peers"), await open("taker", NPM_CORE, "peers"), await open("our", ourCore(server.url), "peers"),
];

const exercised = new Set();
const stated = await readStated();

const names = ["exports", "config", "streams", "load", "http", "page-code", "storage", "policy", "differences"];
const files = await Promise.all(names.map((name) => import(`./conformance/scenarios/${name}.js`)));
names.forEach((name, i) => files[i].scenarios.forEach((scenario) => compare(name, scenario)));

/** Runs a scenario on both cores at once, and compares; on ours before its module runs, too, unless that makes no sense. */
function compare(name, scenario) {
  const title = `${name}: ${scenario.name}`;
  test(title, async () => {
    const run = async (page) => {
      const log = await page.evaluate(([file, name]) => window.runScenario(file, name), [`${name}.js`, scenario.name]);
      await page.requestGC(); // Chromium counts closed connections, too, until then, and has a limit for each page
      return log;
    };
    const lives = scenario.needsModule ? ["ready"] : ["early", "ready"];
    const [theirs, ...logs] = await Promise.all([npm, ...lives.map((when) => ours[when])].map(run));
    const problems = lives.map((when, i) => problem(title, scenario, when, theirs, logs[i]));
    const told = scenario.isEndless ? distinct(brief(theirs)) : brief(theirs);
    if (scenario.differs) problems.push(unlike("npm's core", stated.npm(title), told));
    const found = problems.filter(Boolean);
    if (found.length > 0) assert.fail(found.join("\n"));
  });
}

for (const scenario of peers.scenarios) {
  test(`peers: ${scenario.name}`, async () => {
    const swarm = (who) => `${who}: ${scenario.name}`;
    const [gave, took] = await peers.together(scenario, swarm("npm's"), giver, taker);
    const [weGave] = await peers.together(scenario, swarm("ours gives"), our, taker);
    const [, weTook] = await peers.together(scenario, swarm("ours takes"), giver, our);
    assert.ok(same(gave.log, weGave.log), `the giver, npm's core - and ours +:\n${diff(gave.log, weGave.log).join("\n")}`);
    assert.ok(same(took.log, weTook.log), `the taker, npm's core - and ours +:\n${diff(took.log, weTook.log).join("\n")}`);
    assert.ok(weGave.closes <= 1 && weTook.closes <= 1, `a peer has gone ${weGave.closes} and ${weTook.closes} times`);
    const isMisdeed = (error) => scenario.misdeed && error === peers.peerError(scenario.misdeed);
    const errors = [gave, took, weGave, weTook].flatMap(({ errors }) => errors);
    for (const error of errors.filter((error) => !isMisdeed(error))) assert.equal(error, peers.PEER_ERROR);
    if (scenario.misdeed) {
      assert.deepEqual([took, weTook].map(({ errors }) => errors.some(isMisdeed)), [false, true]);
      exercised.add("peer-cut-off");
    }
    if (gave.closes > 1 || took.closes > 1) exercised.add("peer-close-once");
  });
}

/** Plays a stream with hls.js and npm's engine on a core, then loads it again; what both told. */
async function played(t, core, stream) {
  const setup = {
    core: "/conformance/in-page/recorded-core.js",
    underTest: core,
    stream,
    p2p: { swarmId: `${t.name} ${core}`, announceTrackers: [server.tracker], rtcConfig: { iceServers: [] } },
  };
  const viewer = await browser.open(t, site.page(setup));
  /** Waits until the player has so many segments of the stream that it has loaded for so many times. */
  const gets = (count, lives) =>
    viewer.page.waitForFunction(([count, lives]) => {
      const told = window.told ?? [];
      const begins = told.findLastIndex(({ name }) => name === "setManifestResponseUrl");
      const isLife = told.filter(({ name }) => name === "setManifestResponseUrl").length === lives;
      return isLife && told.slice(begins).filter(({ name }) => name === "onSuccess").length >= count;
    }, [count, lives]);
  await gets(4, 1);
  await viewer.page.evaluate(() => window.viewer.hls.loadSource(window.viewer.hls.url));
  await gets(2, 2);
  await viewer.page.evaluate(() => window.viewer.hls.destroy());
  return viewer.page.evaluate(() => window.told);
}

test("engine: VOD", async (t) => {
  const live = `${server.url}/hls/`;
  const master = await (await fetch(`${live}master.m3u8`)).text();
  const variant = new URL(master.split("\n").find((line) => line && !line.startsWith("#")), `${live}master.m3u8`).href;
  const playlist = await (await fetch(variant)).text();
  const absolute = (line) => (line && !line.startsWith("#") ? new URL(line, variant).href : line);
  pages["/vod.m3u8"] = `${playlist.trimEnd().split("\n").map(absolute).join("\n")}\n#EXT-X-ENDLIST\n`;
  const stream = `${site.origin}/vod.m3u8`;
  const [theirs, told] = await Promise.all([played(t, NPM_CORE, stream), played(t, ourCore(server.url), stream)]);
  compareEngines(theirs, told, (line) => line.replace(/swarmId: "[^"]*"/g, "swarmId"), 3);
});

test("engine: live", async (t) => {
  const stream = `${server.url}/hls/master.m3u8`;
  const [theirs, told] = await Promise.all([played(t, NPM_CORE, stream), played(t, ourCore(server.url), stream)]);
  // The window may have moved from one to the other.
  compareEngines(theirs, told, (line) => line.replace(/swarmId: "[^"]*"/g, "swarmId").replace(/#[0-9a-f]+|\d+(\.\d+)?/g, "N"), 2);
});

function compareEngines(theirs, told, name, count) {
  const [calls, ourCalls] = [theirs, told].map((each) => engine.calls(each, name));
  assert.ok(same(calls, ourCalls), `calls on npm's core - and ours +:\n${diff(calls, ourCalls).join("\n")}`);
  const [segments, ourSegments] = [theirs, told].map((each) => engine.segments(each, count, name));
  assert.ok(same(segments, ourSegments), `segments on npm's core - and ours +:\n${diff(segments, ourSegments).join("\n")}`);
  assert.deepEqual(engine.faults(told), []);
}

test("the documents list the differences, and no others", async () => {
  const text = await readFile(join(places.web, "docs/differences.md"), "utf8");
  const rows = [...text.matchAll(/^\| `([a-z0-9-]+)`(?: \(\[test\]\(([^)]+)\)\))? \|/gm)];
  const [elsewhere, here] = [rows.filter(([, , path]) => path), rows.filter(([, , path]) => !path)];
  assert.deepEqual(here.map(([, id]) => id).toSorted(), [...exercised].toSorted());
  for (const [, id, path] of elsewhere) {
    const proof = await readFile(join(places.web, path.split("/web/")[1]), "utf8"); // named by its address in the repository
    assert.match(proof, new RegExp(`^ *test\\(["\`][^"\`]*\\(${id}\\)`, "m"), `no test in ${path} names ${id}`);
  }
});

/** What is wrong with our log, if anything: it differs, or not as it is meant to. */
function problem(title, { differs }, when, theirs, log) {
  const id = typeof differs === "string" ? differs : differs?.[when];
  const told = `${when === "early" ? "before our module runs" : "with our module"}, npm's core - and ours +:`;
  if (!id) return same(theirs, log) ? undefined : `${told}\n${diff(theirs, log).join("\n")}`;
  exercised.add(id);
  if (same(theirs, log)) return `${told} no difference, where ${id} should be\n${log.join("\n")}`;
  return unlike(`${id}: ours, ${when},`, stated.ours(title, when), brief(log));
}

/** Undefined for a log that is as stated. */
function unlike(who, must, does) {
  return same(must, does) ? undefined : `${who} must log - and logs +:\n${diff(must, does).join("\n")}`;
}
