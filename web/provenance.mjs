// dist/loader.wasm.json says what the module is made of, and how anyone makes the
// same one: its bytes depend on the sources and on Go's version, and on nothing else.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..");
const repository = "https://github.com/p2p-mediastream/p2p-mediastream";

/** All that the module's bytes depend on, but Go itself. */
export const sources = ["go.mod", "go.sum", "hls", "wasm"];

/** The command of the Makefile, from a checkout's root, with the version of Go that was used. */
export function command(go, output = "loader.wasm") {
  return `GOTOOLCHAIN=${go} GOOS=js GOARCH=wasm go build -trimpath -buildvcs=false -ldflags="-s -w" -o ${output} ./wasm`;
}

export function provenance() {
  const module = readFileSync(join(here, "dist/loader.wasm"));
  const go = execFileSync("go", ["env", "GOVERSION"], { cwd: here, encoding: "utf8" }).trim();
  const record = {
    file: "loader.wasm",
    bytes: module.length,
    sha256: createHash("sha256").update(module).digest("hex"),
    go,
    repository,
    commit: commit(),
    build: command(go),
  };
  return [["loader.wasm.json", `${JSON.stringify(record, null, 2)}\n`]];
}

/**
 * The last commit that changed a source, or where there is no git, as in an image's build, the
 * one that the environment names as COMMIT; null when it is not known, or none has the sources
 * as they are.
 */
export function commit(folder = root, named = process.env.COMMIT) {
  if (named && !/^[0-9a-f]{40}$/.test(named)) throw new Error(`COMMIT is ${JSON.stringify(named)}: give all 40 digits of a commit, as git rev-parse HEAD tells them`);
  const git = (...args) => execFileSync("git", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    if (git("status", "--porcelain", "--", ...sources) !== "") return null;
    return git("log", "-1", "--format=%H", "--", ...sources) || null;
  } catch { // no git, or no repository: the sources came as an archive, or without what git keeps
    if (!named) console.warn("There is no git to ask, and COMMIT is not set: loader.wasm.json will not say which commit the module is of.");
    return named || null;
  }
}
