// A checkout as some people have it: unpacked from an archive, without git, in a folder with spaces and umlauts in its
// name, and built by a make that does several things at once.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import test from "node:test";
import { promisify } from "node:util";
import * as places from "./lib/places.mjs";
import { startServer } from "./lib/server.mjs";

const top = join(places.web, "..");
const MODULE = "web/dist/loader.wasm";
const PACKAGES = "web/node_modules";

test("an archive in a folder with spaces and umlauts, built with make -j", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "p2p-mediastream-test-"));
  t.after(() => rm(folder, { recursive: true }));
  const checkout = join(folder, "mein Ordner für Größe");
  const left = new Set([".git", "bin", "web/node_modules", "web/dist/index.html", "web/src/generated"]);
  await cp(top, checkout, { recursive: true, preserveTimestamps: true, filter: (path) => !left.has(relative(top, path)) });
  await symlink(join(top, PACKAGES), join(checkout, PACKAGES));

  const environment = { ...process.env };
  for (const name of ["MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES"]) delete environment[name]; // those of the make that runs the tests
  // -o: the packages and the module are those that are there, whatever their age.
  const args = ["-j8", "-o", `${PACKAGES}/.installed`, "-o", MODULE, "build"];
  await promisify(execFile)("make", args, { cwd: checkout, env: environment });

  const server = await startServer(t, { program: join(checkout, "bin", basename(places.server)), cwd: checkout });
  const page = await (await fetch(`${server.url}/`)).text();
  const scripts = [...page.matchAll(/ src="([^"]+)"/g)].map(([, path]) => path);
  assert.notEqual(scripts.length, 0, page);
  for (const path of [...scripts, "dist/p2p-media-loader-core.js", "dist/loader.wasm"]) {
    assert.equal((await fetch(`${server.url}/${path}`)).status, 200, path);
  }
});
