// Which commit the module is said to be of.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { commit, sources } from "../../provenance.mjs";

const named = "0123456789abcdef0123456789abcdef01234567";

/** A folder with all sources in it, which goes with `t`. */
function folder(t) {
  const path = mkdtempSync(join(tmpdir(), "p2p-mediastream-test-"));
  t.after(() => rmSync(path, { recursive: true }));
  for (const name of sources) {
    if (!name.includes(".")) mkdirSync(join(path, name));
    writeFileSync(join(path, name.includes(".") ? name : `${name}/x.go`), "x");
  }
  return path;
}

test("without git it is the one that is named, or none, which is told", (t) => {
  const { mock: told } = t.mock.method(console, "warn", () => {});
  const here = folder(t);
  assert.equal(commit(here, named), named);
  assert.equal(told.callCount(), 0);
  for (const nothing of [undefined, ""]) assert.equal(commit(here, nothing), null);
  assert.equal(told.callCount(), 2);
  assert.match(told.calls[0].arguments[0], /COMMIT is not set/);
});

test("what is named must be a commit", (t) => {
  for (const wrong of ["main", named.slice(1), `${named}0`]) {
    assert.throws(() => commit(folder(t), wrong), { message: /^COMMIT is ".*": give all 40 digits/ });
  }
});

test("git knows better: the last commit of a source, and none where one has changed", (t) => {
  const here = folder(t);
  const git = (...args) => execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b.example", ...args], { cwd: here, encoding: "utf8" }).trim();
  const save = () => {
    git("add", ".");
    git("commit", "--quiet", "--no-gpg-sign", "--message", "x");
  };
  git("init", "--quiet");
  save();
  const first = git("rev-parse", "HEAD");
  writeFileSync(join(here, "README.md"), "x");
  save();
  assert.equal(commit(here, named), first);
  writeFileSync(join(here, "wasm/x.go"), "y");
  assert.equal(commit(here, named), null);
});
