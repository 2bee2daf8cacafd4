// The pages of web/examples, on addresses of this run, and what proves that the
// core below them is ours and takes from others.

import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as places from "./places.mjs";
import { NPM_CORE, startSite } from "./site.mjs";

const examples = join(places.web, "examples");

/** Reads a file of web/examples, with the server of this run in the place of `make run`'s. */
export async function example(path, server) {
  const text = await readFile(join(examples, path), "utf8");
  if (!text.includes("hls.loadSource(")) return text;
  return [
    [/localhost:49199/g, new URL(server.url).host],
    [/localhost:3478/g, `127.0.0.1:${server.stunPort}`],
    [/hls\.loadSource\(/, "window.viewer = { hls, engine: hls.p2pEngine };\n$&"], // for observe.js
  ].reduce((changed, [pattern, by]) => replace(changed, pattern, by), text);
}

function replace(text, pattern, by) {
  assert.match(text, pattern);
  return text.replace(pattern, by);
}

/**
 * Starts a site of another origin than the server, with the example pages that are
 * a single file, and the first of them as it was before the swap: it plays closer
 * to live than the others, so that it always has what they need.
 */
export async function startExamples(t, server) {
  const swapped = await example("import-map/index.html", server);
  const before = replace(
    replace(swapped, /"[^"]+\/dist\/p2p-media-loader-core\.js"/, JSON.stringify(NPM_CORE)),
    /liveSyncDurationCount: \d+/,
    "liveSyncDurationCount: 3",
  );
  const site = await startSite(t, {
    "/examples/before/": before,
    "/examples/import-map/": swapped,
    "/examples/script/": await example("script/index.html", server),
  });
  return (name) => `${site.origin}/examples/${name}/`;
}

/** Copies the example that is bundled by Vite, with that core for a dependency, and returns the folder. */
export async function copyViteExample(t, server, core) {
  const folder = await mkdtemp(join(tmpdir(), "p2p-mediastream-test-"));
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  await cp(join(places.web, ".npmrc"), join(folder, ".npmrc"));
  for (const name of ["index.html", "main.js"]) await writeFile(join(folder, name), await example(`vite/${name}`, server));
  const manifest = JSON.parse(await readFile(join(examples, "vite/package.json"), "utf8"));
  assert.equal(manifest.dependencies["p2p-media-loader-core"], "file:../..");
  manifest.dependencies["p2p-media-loader-core"] = `file:${core}`;
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  return folder;
}

/** Waits until a viewer plays and has taken from another, and asserts that our module does it. */
export async function provesOurs(viewer, other) {
  await viewer.until("it takes from the other", ({ peers }) => peers >= 100_000);
  const { byPeer, connected } = await viewer.plays();
  assert.ok(connected.length > 0);
  assert.ok(Object.values(byPeer).some(({ taken }) => taken > 0));
  const fetched = await viewer.page.evaluate(() =>
    performance.getEntriesByType("resource").filter(({ name }) => /loader[^/]*\.wasm/.test(name)).map(({ name }) => name));
  assert.ok(fetched.length > 0, await viewer.report());
  await other.until("it has given", ({ given }) => given > 0);
  return fetched;
}
