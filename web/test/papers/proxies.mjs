// Runs nginx and Caddy with the configuration of a paper, in front of a server: pages
// pass, WebSockets pass, metrics do not, and the server learns who the client is.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import * as places from "../lib/places.mjs";
import { startServer } from "../lib/server.mjs";
import { until } from "../lib/until.mjs";
import { certificate } from "./certificate.mjs";

const run = promisify(execFile);
// Where .ci/test-tools puts what is not installed.
const folders = [...process.env.PATH.split(":"), "/usr/sbin", join(places.web, "../bin/test-tools/usr/sbin"), join(places.web, "../bin/test-tools/usr/bin")];

function program(name) {
  const found = folders.map((folder) => join(folder, name)).find(existsSync);
  assert.ok(found, `there is no ${name}: .ci/test-tools brings it`);
  return found;
}

/** A server that has one connection for each address, and believes the proxy who that is. */
async function behind(t, folder) {
  const file = join(folder, "config.json");
  await writeFile(file, JSON.stringify({ trustedProxies: ["127.0.0.1"], limits: { connectionsPerAddress: 1, loopback: true } }));
  return startServer(t, { args: ["--config", file], cwd: folder });
}

export async function checkNginx(t, text, folder) {
  const server = await behind(t, folder);
  const port = await freePort();
  const { key, cert } = await certificate(folder);
  const site = replaceAll(text, [
    ["listen 443 ssl", `listen 127.0.0.1:${port} ssl`],
    ["http://127.0.0.1:49199", server.url],
    ["/etc/ssl/video.example/fullchain.pem", cert],
    ["/etc/ssl/video.example/privkey.pem", key],
  ]);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`).join(" ");
  const user = process.getuid() === 0 ? "user root;" : "";
  const file = join(folder, "nginx.conf");
  await writeFile(file, `${user} daemon off; pid ${folder}/nginx.pid; error_log stderr; events {}\nhttp { access_log off; ${temporary}\n${site}\n}`);
  await run(program("nginx"), ["-t", "-c", file, "-p", folder, "-e", "stderr"]);
  await start(t, program("nginx"), ["-c", file, "-p", folder, "-e", "stderr"], port, folder);
  const address = `https://127.0.0.1:${port}`;
  await passes(t, address);
}

export async function checkCaddy(t, text, folder) {
  const server = await behind(t, folder);
  const port = await freePort();
  const site = replaceAll(text, [["video.example", `http://127.0.0.1:${port}`], ["127.0.0.1:49199", new URL(server.url).host]]);
  const file = join(folder, "Caddyfile");
  await writeFile(file, `{\n  admin off\n  storage file_system ${folder}\n}\n${site}\n`);
  await start(t, program("caddy"), ["run", "--config", file, "--adapter", "caddyfile"], port, folder);
  const address = `http://127.0.0.1:${port}`;
  await passes(t, address);
}

async function passes(t, address) {
  for (const [path, status] of [["/", 200], ["/healthz", 200], ["/hls/master.m3u8", 200], ["/metrics", 403]]) {
    assert.equal((await ask(address + path)).status, status, path);
  }
  // Each client has one connection, and is who it is, whatever it says of itself.
  const first = await upgrade(address, "127.0.0.2");
  t.after(() => first.socket?.destroy());
  assert.equal(first.status, 101);
  assert.equal((await upgrade(address, "127.0.0.2")).status, 429);
  const other = await upgrade(address, "127.0.0.3");
  t.after(() => other.socket?.destroy());
  assert.equal(other.status, 101);
}

function replaceAll(text, pairs) {
  for (const [from, to] of pairs) {
    assert.ok(text.includes(from), `it has no ${from}`);
    text = text.replace(from, to);
  }
  return text;
}

/** @param folder where it may leave things: Caddy writes to its home. */
async function start(t, command, flags, port, folder) {
  const env = { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder };
  const child = spawn(command, flags, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const exit = once(child, "exit");
  t.after(async () => {
    child.kill("SIGTERM");
    await exit;
  });
  await until(`${command} listens`, () => child.exitCode !== null || connects(port), () => output);
  assert.equal(child.exitCode, null, output);
}

function connects(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1", () => resolve(true) || socket.destroy());
    socket.on("error", () => resolve(false));
  });
}

async function freePort() {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

const get = (address, options, then) =>
  (address.startsWith("https:") ? https : http).get(address, { rejectUnauthorized: false, agent: false, ...options }, then);

function ask(address) {
  return new Promise((resolve, reject) => {
    get(address, {}, (response) => response.resume().on("end", () => resolve({ status: response.statusCode }))).on("error", reject);
  });
}

/** Asks to speak WebSocket, from an address of this machine. */
function upgrade(address, localAddress) {
  const headers = {
    Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": 13, "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "X-Forwarded-For": `203.0.113.${++lies}`,
  };
  return new Promise((resolve, reject) => {
    get(`${address}/`, { headers, localAddress }, (response) => response.resume().on("end", () => resolve({ status: response.statusCode })))
      .on("upgrade", (response, socket) => resolve({ status: response.statusCode, socket }))
      .on("error", reject);
  });
}

let lies = 0;
