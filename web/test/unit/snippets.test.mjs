// What the demo prints to paste: complete, marked, and unbroken by whatever is in an address.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import * as esbuild from "esbuild";
import { load } from "./bundle.mjs";

const { snippets, VERSIONS } = await load('export { snippets, VERSIONS } from "./page/snippets.ts";');
const usual = {
  dist: "https://[2001:db8::1]:49199/dist/",
  stream: "https://[2001:db8::1]:49199/hls/master.m3u8",
  tracker: "wss://[2001:db8::1]:49199/",
  stun: "stun:[2001:db8::1]:3478",
  swarm: "p2p-mediastream-demo/hls/master.m3u8",
};
/** What would end a string, a script element or a line, and what begins a comment in HTML. */
const hostile = `"'\`\\</script><script>alert(1)</script><!--\n\r\u2028\${x} a b`;

/** The scripts of a page, as HTML's tokenizer would find them: up to the first end tag. */
const scriptsOf = (page) => [...page.matchAll(/<script[^>]*>(.*?)<\/script/gis)].map(([, text]) => text);

test("each has its line once, and what was there before nowhere", () => {
  const all = snippets(usual);
  assert.deepEqual(all.map(({ name }) => name), ["import-map", "npm", "script"]);
  for (const { name, before, after, texts } of all) {
    const lines = texts.flatMap(({ text }) => text.split("\n")).map((line) => line.trim());
    assert.equal(lines.filter((line) => line === after).length, 1, name);
    if (before !== undefined) assert.ok(!lines.includes(before), name);
    assert.ok(after.includes(usual.dist), after);
    assert.ok(texts.every(({ text }) => text.endsWith("\n")), name);
  }
});

test("every page has this server's addresses, and its scripts are JavaScript", async () => {
  for (const { name, texts } of snippets(usual)) {
    const page = texts.find(({ title }) => title === "index.html").text;
    for (const part of ["stream", "tracker", "stun", "swarm"]) assert.ok(page.includes(JSON.stringify(usual[part])), `${name}: ${part}`);
    await esbuild.transform(scriptsOf(page).at(-1));
  }
  const [importMap] = snippets(usual);
  const { imports } = JSON.parse(scriptsOf(importMap.texts[0].text)[0]);
  assert.deepEqual(Object.keys(imports), ["hls.js", "p2p-media-loader-hlsjs", "p2p-media-loader-core"]);
});

test("the project for npm is JSON, whatever is in an address", () => {
  const dist = `https://a.example/${hostile}/`;
  const [, npm] = snippets({ ...usual, dist });
  const { overrides } = JSON.parse(npm.texts.find(({ title }) => title === "package.json").text);
  assert.deepEqual(overrides, { "p2p-media-loader-core": `${dist}p2p-mediastream.tgz` });
});

test("without STUN there is none", () => {
  for (const { texts } of snippets({ ...usual, stun: undefined })) {
    assert.ok(texts.some(({ text }) => text.includes("iceServers: []")));
  }
});

test("nothing in an address breaks out", async () => {
  const plain = snippets(usual);
  const broken = snippets({ dist: `${usual.dist}$(touch x)/`, stream: hostile, tracker: hostile, stun: hostile, swarm: hostile });
  for (const [i, { texts }] of broken.entries()) {
    for (const [j, { title, text }] of texts.entries()) {
      assert.equal(text.split(/[\n\r\u2028]/).length, plain[i].texts[j].text.split("\n").length, title);
      assert.ok(!text.includes("<!--"), title);
      if (title !== "index.html") continue;
      assert.equal(text.split(/<\/script/i).length, plain[i].texts[j].text.split("</script").length, title);
      const script = scriptsOf(text).at(-1);
      await esbuild.transform(script);
      const strings = [/swarmId: (".*"),$/m, /announceTrackers: \[(".*")\],$/m, /urls: (".*") \}\] \},$/m, /loadSource\((".*")\);$/m];
      for (const pattern of strings) assert.equal(JSON.parse(pattern.exec(script)[1]), hostile, String(pattern));
    }
  }
});

test("the versions are those that are tested", async () => {
  const { devDependencies } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"));
  assert.equal(VERSIONS.hls, devDependencies["hls.js"]);
  assert.equal(VERSIONS.engine, devDependencies["p2p-media-loader-hlsjs"]);
  assert.equal(VERSIONS.vite, /^\^(\d+)\./.exec(devDependencies.vite)[1]);
});
