// The pages that the demo prints under "Put it on your page", and what proves that the
// core below them is ours and that they take from others.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load } from "../unit/bundle.mjs";
import { NPM_CORE, startSite } from "./site.mjs";
import { until } from "./until.mjs";

/** What the demo prints in a tab, by the title of each text: just what a visitor sees and copies. */
export async function printed(page, tab) {
  await page.getByRole("tab", { name: tab }).click();
  const figures = page.getByRole("tabpanel", { name: tab }).locator("figure");
  return figures.evaluateAll((all) =>
    Object.fromEntries(all.map((figure) => [figure.querySelector("figcaption span").textContent, figure.querySelector("pre").textContent])));
}

/** A new folder; it goes with `t`. */
export async function temporaryFolder(t) {
  const folder = await mkdtemp(join(tmpdir(), "p2p-mediastream-test-"));
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  return folder;
}

/** What the demo of that server prints, as page/snippets.ts has it. */
async function snippetsOf(server) {
  const { snippets } = await load('export { snippets } from "./page/snippets.ts";');
  return snippets({
    dist: `${server.url}/dist/`,
    stream: `${server.url}/hls/master.m3u8`,
    tracker: server.tracker,
    stun: `stun:127.0.0.1:${server.stunPort}`,
    swarm: "p2p-mediastream-demo/hls/master.m3u8",
  });
}

/** Writes the project for npm with another way to the core, and returns the folder. */
export async function viteProject(t, server, core) {
  const { texts: [manifest, page] } = (await snippetsOf(server)).find(({ name }) => name === "npm");
  const changed = { ...JSON.parse(manifest.text), overrides: { "p2p-media-loader-core": `file:${core}` } };
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, "package.json"), JSON.stringify(changed));
  await writeFile(join(folder, "index.html"), page.text);
  return folder;
}

/**
 * A viewer who has not changed yet: the page for import maps, with the core of npm. It
 * plays closer to live than the others, so that it always has what they need.
 */
export async function openUnchanged(t, browser, server) {
  const { after, texts: [page] } = (await snippetsOf(server)).find(({ name }) => name === "import-map");
  const before = [
    [after, `"p2p-media-loader-core": "${NPM_CORE}"`],
    ["liveSyncDurationCount: 8", "liveSyncDurationCount: 3"],
    ["hls.loadSource(", "window.viewer = { hls, engine: hls.p2pEngine };\n$&"], // for observe.js
  ].reduce((text, [line, by]) => replace(text, line, by), page.text);
  const { origin } = await startSite(t, { "/": before });
  const viewer = await browser.open(t, `${origin}/`);
  await viewer.plays();
  return viewer;
}

function replace(text, line, by) {
  assert.ok(text.includes(line), line);
  return text.replace(line, by);
}

/**
 * Opens a page that knows nothing of tests, waits until the other viewer has given it
 * some segments and it plays, and asserts that our module does it. Returns where the
 * module came from.
 */
export async function provesOurs(t, browser, url, other) {
  const before = await other.seen();
  const viewer = await browser.open(t, url);
  const taken = async () => {
    const { byPeer } = await other.seen();
    return Object.entries(byPeer).some(([id, { given }]) => !(id in before.byPeer) && given >= 100_000);
  };
  await until("it takes from the other", taken, async () => `${await viewer.report()}\n\nthe other:\n${await other.report()}`);
  await viewer.plays();
  const fetched = await viewer.page.evaluate(() =>
    performance.getEntriesByType("resource").filter(({ name }) => /loader[^/]*\.wasm/.test(name)).map(({ name }) => name));
  assert.ok(fetched.length > 0, await viewer.report());
  return fetched;
}
