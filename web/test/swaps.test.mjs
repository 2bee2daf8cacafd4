// The three swaps of web/examples. In each the page plays, with our core below the
// engine, and takes from a viewer who has not changed yet: the import map's page
// with the core of npm.

import assert from "node:assert/strict";
import test, { after } from "node:test";
import { startBrowser } from "./lib/browser.mjs";
import { copyViteExample, provesOurs, startExamples } from "./lib/examples.mjs";
import * as places from "./lib/places.mjs";
import { startServer } from "./lib/server.mjs";
import { build, install, startVite } from "./lib/vite.mjs";

const file = { after };
const server = await startServer(file);
const addressOf = await startExamples(file, server);
const browser = await startBrowser(file);
const unchanged = await browser.open(file, addressOf("before"));
await unchanged.plays();

for (const name of ["import-map", "script"]) {
  test(`the swap by ${name}`, async (t) => {
    const viewer = await browser.open(t, addressOf(name));
    const [module] = await provesOurs(viewer, unchanged);
    assert.ok(module.startsWith(`${server.url}/dist/loader.wasm`), module);
  });
}

test("the swap in a project of Vite: its dev server, then its build", async (t) => {
  const folder = await copyViteExample(t, server, places.web);
  await install(folder);
  await t.test("dev, with a package linked from outside the project", async (t) => {
    const address = await startVite(t, "dev", folder);
    const modules = await provesOurs(await browser.open(t, address), unchanged);
    assert.equal(modules.at(-1), `${address}node_modules/p2p-media-loader-core/dist/loader.wasm`);
  });
  await t.test("build", async (t) => {
    await build(folder);
    const address = await startVite(t, "preview", folder);
    const [module] = await provesOurs(await browser.open(t, address), unchanged);
    assert.match(module, /\/assets\/loader-[\w-]+\.wasm/);
  });
});
