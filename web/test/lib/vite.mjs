// Projects that are installed by npm and bundled by Vite, as their makers do it.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import * as places from "./places.mjs";
import { until } from "./until.mjs";

const run = promisify(execFile);
const vite = join(places.modules, "vite/bin/vite.js");

/** Installs what the project at runtime needs; Vite itself is that of this repository. */
export async function install(folder, ...packages) {
  await run("npm", ["install", "--omit=dev", "--prefer-offline", "--no-audit", "--no-fund", ...packages], { cwd: folder });
}

export async function build(folder) {
  await run(process.execPath, [vite, "build"], { cwd: folder });
}

/** Starts `vite dev` or `vite preview` in a project; returns its address. It ends with `t`. */
export async function startVite(t, command, folder) {
  const child = spawn(process.execPath, [vite, command, "--host", "127.0.0.1"], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const exit = once(child, "exit");
  t.after(async () => {
    child.kill("SIGKILL");
    await exit;
  });
  const address = () => /Local:\s+(http:\S+)/.exec(output)?.[1];
  await until("Vite says where it is", () => address() || child.exitCode !== null, () => output);
  if (!address()) throw new Error(`vite ${command} ended with code ${child.exitCode}\n${output}`);
  return address();
}
