// The three swaps, as the demo prints them. In each the page plays, with our core below
// the engine, and takes from a viewer who has not changed yet.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { after } from "node:test";
import { pathToFileURL } from "node:url";
import { startBrowser } from "./lib/browser.mjs";
import { openUnchanged, printed, provesOurs, temporaryFolder, viteProject } from "./lib/examples.mjs";
import * as places from "./lib/places.mjs";
import { startServer } from "./lib/server.mjs";
import { startSite } from "./lib/site.mjs";
import { build, install, startPrinted, startVite } from "./lib/vite.mjs";

const file = { after };
const server = await startServer(file);
const browser = await startBrowser(file);
const unchanged = await openUnchanged(file, browser, server);
const { page: demo } = await browser.open(file, `${server.url}/?loader=none`);

test("the swap by an import map, on another site", async (t) => {
  const { "index.html": page } = await printed(demo, "Import map");
  const { origin } = await startSite(t, { "/": page });
  const [module] = await provesOurs(t, browser, `${origin}/`, unchanged);
  assert.ok(module.startsWith(`${server.url}/dist/loader.wasm`), module);
});

test("the swap by a script tag, in a file that is opened as it is", async (t) => {
  const { "index.html": page } = await printed(demo, "Script tag");
  const path = join(await temporaryFolder(t), "index.html");
  await writeFile(path, page);
  const [module] = await provesOurs(t, browser, pathToFileURL(path).href, unchanged);
  assert.ok(module.startsWith(`${server.url}/dist/loader.wasm`), module);
});

test("the swap by npm, in an empty folder: Vite's dev server, then its build", async (t) => {
  const { Then: commands, ...files } = await printed(demo, "npm");
  const folder = await temporaryFolder(t);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  await t.test("dev", async (t) => {
    const address = await startPrinted(t, commands, folder);
    const modules = await provesOurs(t, browser, address, unchanged);
    assert.equal(modules.at(-1).replace(/\?v=\w+$/, ""), `${address}node_modules/p2p-media-loader-core/dist/loader.wasm`);
  });
  await t.test("build", async (t) => {
    await build(folder);
    const address = await startVite(t, "preview", folder);
    const [module] = await provesOurs(t, browser, address, unchanged);
    assert.match(module, /\/assets\/loader-[\w-]+\.wasm/);
  });
});

test("a package linked from outside the project, with Vite's dev server", async (t) => {
  const folder = await viteProject(t, server, places.web);
  await install(folder);
  const address = await startVite(t, "dev", folder);
  const modules = await provesOurs(t, browser, address, unchanged);
  assert.equal(modules.at(-1), `${address}node_modules/p2p-media-loader-core/dist/loader.wasm`);
});
