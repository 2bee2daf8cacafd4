// What the blocks of JSON say is true: the server takes its configuration, addresses
// are served, packages are called so.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as places from "../lib/places.mjs";
import { startServer } from "../lib/server.mjs";
import { certificate } from "./certificate.mjs";

const manifest = JSON.parse(readFileSync(join(places.web, "package.json"), "utf8"));

export async function checkJSON(t, text, server, folder) {
  // Some show an entry, not the object around it.
  const value = JSON.parse(/^\s*\{/.test(text) ? text : `{${text.trim()}}`);
  if (value.imports) return checkNames(value.imports, server);
  if (value.overrides) return checkNames({ ...value.dependencies, ...value.overrides }, server);
  if (Object.keys(value).every((name) => /^p2p-/.test(name))) return checkNames(value, server);
  if (Object.keys(value).every((name) => name.endsWith(".ts"))) return checkDigests(value);
  return checkConfiguration(t, value, folder);
}

async function checkNames(names, server) {
  for (const [name, target] of Object.entries(names)) {
    assert.ok(manifest.devDependencies[name], `${name} is no package that is tested`);
    if (target.startsWith("https:")) {
      assert.equal((await fetch(server.url + new URL(target).pathname)).status, 200, target);
    } else if (target.startsWith("file:")) {
      assert.equal(target, `file:./${manifest.name}-${manifest.version}.tgz`);
    } else {
      assert.equal(target, manifest.devDependencies[name]);
    }
  }
}

function checkDigests(list) {
  for (const digest of Object.values(list)) assert.match(digest, /^[0-9a-f]{64}$/);
}

/** The server starts with it, on ports that are free and with certificates that are there, and knows every key. */
async function checkConfiguration(t, value, folder) {
  for (const { server } of value.servers ?? []) {
    Object.assign(server, { port: 0, host: "127.0.0.1" });
    if (!server.key_file_name) continue;
    const { key, cert } = await certificate(folder, server.passphrase);
    Object.assign(server, { key_file_name: key, cert_file_name: cert });
  }
  const file = join(folder, "config.json");
  await writeFile(file, JSON.stringify(value));
  for (const list of Object.values(value.infoHashes ?? {})) await writeFile(join(folder, list), "");
  const elsewhere = ["--generator", "off", "--hls-dir", folder, "--pprof", "off", "--config", file];
  const { output } = await startServer(t, { args: elsewhere, cwd: folder });
  assert.doesNotMatch(output, /unknown key/);
  if (value.servers?.some(({ server }) => server.key_file_name)) assert.match(output, /^ +(tracker)? +wss:\/\//m);
}
