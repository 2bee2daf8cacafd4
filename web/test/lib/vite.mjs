// Projects that are installed by npm and bundled by Vite, as their makers do it.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import * as places from "./places.mjs";
import { until } from "./until.mjs";

const run = promisify(execFile);
const vite = join(places.modules, "vite/bin/vite.js");
/** npm asks the registry for no more than it must, and tells no news. */
const quietNpm = {
  ...process.env, NO_COLOR: "1",
  npm_config_prefer_offline: "true", npm_config_audit: "false", npm_config_fund: "false", npm_config_update_notifier: "false",
};

/** Installs what the project at runtime needs; Vite itself is that of this repository. Returns what npm says. */
export async function install(folder, ...packages) {
  return run("npm", ["install", "--omit=dev", "--prefer-offline", "--no-audit", "--no-fund", ...packages], { cwd: folder });
}

export async function build(folder) {
  await run(process.execPath, [vite, "build"], { cwd: folder });
}

/** Starts `vite dev` or `vite preview` in a project; returns its address. It ends with `t`. */
export async function startVite(t, command, folder) {
  return start(t, folder, process.execPath, [vite, command, "--host", "127.0.0.1"]);
}

/**
 * Runs the commands of a snippet in a folder, by the shell as whoever pastes them does.
 * The last one stays, and says where it serves. It ends with `t`.
 */
export async function startPrinted(t, commands, folder) {
  return start(t, folder, "sh", ["-ec", commands]);
}

/** Starts what says where it serves as Vite does, in a process group of its own; returns the address. */
async function start(t, folder, command, args) {
  const child = spawn(command, args, { cwd: folder, env: quietNpm, stdio: ["ignore", "pipe", "pipe"], detached: true });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const exit = once(child, "exit");
  t.after(async () => {
    process.kill(-child.pid, "SIGKILL");
    await exit;
  });
  const address = () => /Local:\s+(http:\S+)/.exec(output)?.[1];
  await until("Vite says where it is", () => address() || child.exitCode !== null, () => output);
  if (!address()) throw new Error(`${[command, ...args].join(" ")} ended with code ${child.exitCode}\n${output}`);
  return address();
}
