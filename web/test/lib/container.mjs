// Runs a program as a container engine would that has only an image's files: its
// own root, which is read-only, its own processes, of which it is the first, a
// user without rights, and no capabilities.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { until } from "./until.mjs";

const run = promisify(execFile);

/** Why this machine cannot, or false. */
export const unable = process.platform !== "linux" || process.getuid() !== 0 ? "it takes root on Linux" : false;

/** Starts a program in a folder of files. It ends with the test. */
export async function startContainer(t, { files, command, user, folder }) {
  const [uid, gid] = user.split(":");
  const script = `
    set -e
    mount --bind "$0" "$0"
    mount -o remount,bind,ro "$0"
    root=$0 folder=$1 gid=$2 uid=$3
    shift 3
    exec unshare --root="$root" --wd="$folder" --setgid="$gid" --setuid="$uid" -- "$@"
  `;
  const flags = ["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script, files, folder, gid, uid, ...command];
  const child = spawn("unshare", flags, { stdio: ["ignore", "pipe", "pipe"] });
  const container = new Container(child, { uid, gid });
  // The program outlives the one that started it: who changes users is not killed along.
  t.after(() => (container.pid && !container.ended ? process.kill(Number(container.pid), "SIGKILL") : child.kill("SIGKILL")));
  await until("the program greets", () => /Ctrl-C/.test(container.output) || container.ended, () => container.output);
  if (container.ended) throw new Error(`the program ended\n${container.output}`);
  container.pid = (await readFile(`/proc/${child.pid}/task/${child.pid}/children`, "utf8")).trim();
  return container;
}

class Container {
  output = "";
  ended = false;

  constructor(child, user) {
    Object.assign(this, { child, user });
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (this.output += text));
    this.exit = once(child, "exit").then(([code]) => {
      this.ended = true;
      return code;
    });
  }

  /** A line of /proc/…/status, of the program. */
  async status(name) {
    return new RegExp(`^${name}:\\s+(.*)$`, "m").exec(await readFile(`/proc/${this.pid}/status`, "utf8"))[1];
  }

  /** Runs another program in there, as `docker exec` does. */
  async execute([program, ...args]) {
    const user = ["--setgid", this.user.gid, "--setuid", this.user.uid];
    return run("nsenter", ["--target", this.pid, "--mount", "--pid", "--root", "--wd", ...user, "--", program, ...args]);
  }

  /** Ends it as `docker stop` does; returns the exit code. */
  async stop() {
    process.kill(Number(this.pid), "SIGTERM");
    return this.exit;
  }
}
