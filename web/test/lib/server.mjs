// The server under test, as a process.

import { spawn } from "node:child_process";
import { once } from "node:events";
import * as places from "./places.mjs";
import { until } from "./until.mjs";

/**
 * Starts a server on free ports. It ends with the test or suite `t`.
 *
 * @param listen the host to listen on.
 * @param cwd its working directory.
 * @param program its file.
 */
export async function startServer(t, { args = [], host = "127.0.0.1", stun = host, cwd, program = places.server } = {}) {
  const flags = ["--listen", `${host}:0`, "--stun", stun === "off" ? stun : `${stun}:0`, "--log-level", "debug", ...args];
  const child = spawn(program, flags, { cwd, stdio: ["ignore", "pipe", "pipe"] });
  const running = new Server(child);
  t.after(() => running.stop("SIGKILL"));
  await until("the server says where it is", () => running.url || running.code !== undefined, () => running.output);
  if (!running.url) throw new Error(`the server ended with code ${running.code}\n${running.output}`);
  return running;
}

class Server {
  output = "";
  /** The exit code; null after a signal that it did not handle. */
  code = undefined;
  stopped = false;

  constructor(child) {
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => (this.output += text));
    }
    child.on("error", (error) => {
      this.output += `${error.message}\n`;
      this.code = null;
    });
    child.on("exit", (code, signal) => {
      this.code = code;
      if (!this.stopped) console.error(`the server ended by itself, code ${code}, signal ${signal}\n${this.output}`);
    });
  }

  /** Its address, such as http://127.0.0.1:1234; undefined until it is known. */
  get url() {
    if (!this.output.includes("Ctrl-C")) return undefined; // the last line of all
    return /^ +open +(http:\S+)\/$/m.exec(this.output)?.[1];
  }

  get tracker() {
    return `${this.url.replace("http", "ws")}/`;
  }

  get stunPort() {
    return Number(/^ +STUN +stun:.*:(\d+)$/m.exec(this.output)?.[1]);
  }

  /** Ends the process and waits for that. Returns the exit code. */
  async stop(signal) {
    this.stopped = true;
    if (this.code === undefined) {
      const exit = once(this.child, "exit");
      this.child.kill(signal);
      await exit;
    }
    return this.code;
  }
}
