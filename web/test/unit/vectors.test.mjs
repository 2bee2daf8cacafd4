// The vectors that wasm/wire is tested against are what the npm packages that are
// installed write and read.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { promisify } from "node:util";
import { web } from "../lib/places.mjs";

test("a new recording is the committed one", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "p2p-mediastream-vectors-"));
  t.after(() => rm(folder, { recursive: true }));
  await promisify(execFile)(process.execPath, [join(web, "test/vectors/record.mjs"), folder]);
  const committed = join(web, "../wasm/wire/testdata");
  const names = (await readdir(folder)).sort();
  // Beside them lies the folder of the fuzz targets' inputs, which nobody recorded.
  assert.deepEqual(names, (await readdir(committed)).filter((name) => name !== "fuzz").sort());
  for (const name of names) {
    const [fresh, kept] = await Promise.all([folder, committed].map((place) => readFile(join(place, name), "utf8")));
    assert.equal(fresh, kept, name);
  }
});
