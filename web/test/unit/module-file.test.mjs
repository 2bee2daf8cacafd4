import assert from "node:assert/strict";
import test from "node:test";
import { load, moduleUrl } from "./bundle.mjs";

/** The smallest module that there is. */
const module = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const page = (status = 200) => new Response("<!doctype html>", { status, headers: { "Content-Type": "text/html" } });
const wasm = (type) => new Response(module, { headers: { "Content-Type": type } });

/** Answers by address, with 404 for all others; returns what was asked for. */
function serve(answers) {
  const asked = [];
  globalThis.fetch = async (url) => {
    asked.push(url);
    const response = answers[url]?.() ?? page(404);
    Object.defineProperty(response, "url", { value: url });
    return response;
  };
  return asked;
}

/** compileModule as a script has it whose module is at that address. */
async function compileModuleOf(beside = moduleUrl) {
  return (await load('export { compileModule } from "./src/module-file.ts"', { beside })).compileModule;
}

test("the module is compiled, whatever type the server calls it", async () => {
  const compileModule = await compileModuleOf();
  for (const type of ["application/wasm", "application/wasm; charset=utf-8", "application/octet-stream"]) {
    const asked = serve({ [moduleUrl]: () => wasm(type) });
    assert.ok((await compileModule()) instanceof WebAssembly.Module, type);
    assert.deepEqual(asked, [moduleUrl]);
  }
});

test("in a dev server of Vite it is found in the project's node_modules", async () => {
  const places = {
    "http://x.test:5173/node_modules/.vite/deps/loader.wasm?v=1": "http://x.test:5173/node_modules/p2p-media-loader-core/dist/loader.wasm",
    "http://x.test/app/node_modules/.cache/vite/client/deps/loader.wasm?v=1": "http://x.test/app/node_modules/p2p-mediastream/dist/loader.wasm",
    "http://x.test/node_modules/.vite/deps/loader.wasm?v=1": "http://x.test/node_modules/.pnpm/node_modules/p2p-media-loader-core/dist/loader.wasm",
    "http://x.test/@fs/home/me/checkout/dist/loader.wasm?v=1": "http://x.test/node_modules/p2p-media-loader-core/dist/loader.wasm",
  };
  for (const [beside, place] of Object.entries(places)) {
    const compileModule = await compileModuleOf(beside);
    for (const missing of [() => page(), () => page(403)]) {
      const asked = serve({ [beside]: missing, [place]: () => wasm("application/wasm") });
      assert.ok((await compileModule()) instanceof WebAssembly.Module);
      assert.equal(asked[0], beside);
      assert.equal(asked.at(-1), place);
    }
  }
});

test("where the page says that it is, and nowhere else", async () => {
  const compileModule = await compileModuleOf("http://x.test/node_modules/.vite/deps/loader.wasm");
  const asked = serve({ "/here.wasm": () => wasm("application/wasm") });
  assert.ok((await compileModule("/here.wasm")) instanceof WebAssembly.Module);
  await assert.rejects(compileModule("/there.wasm"), /not found at \/there\.wasm \(HTTP status 404\)/);
  assert.deepEqual(asked, ["/here.wasm", "/there.wasm"]);
});

test("every place is named when none has it, and the option that helps", async () => {
  const beside = "http://x.test/node_modules/.vite/deps/loader.wasm";
  const compileModule = await compileModuleOf(beside);
  const asked = serve({ [beside]: () => page() });
  await assert.rejects(compileModule(), ({ message }) => {
    for (const place of asked) assert.ok(message.includes(place), `${place} in: ${message}`);
    return asked.length === 4 && message.includes("is something else") && message.includes("loaderWasmUrl");
  });
});

test("a script that does not know its own address says so", async () => {
  const compileModule = await compileModuleOf("./loader.wasm"); // beside a data: address
  const asked = serve({});
  await assert.rejects(compileModule(), /does not know its own.*loaderWasmUrl/);
  assert.deepEqual(asked, []);
});

test("what is broken for now is asked again, what is broken for good is not", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const compileModule = await compileModuleOf();
  const answers = [
    () => { throw new TypeError("Failed to fetch"); },
    () => page(503),
    () => wasm("application/wasm"),
  ];
  const asked = serve({ [moduleUrl]: () => answers.shift()() });
  const compiled = compileModule();
  for (const count of [1, 2]) {
    while (asked.length < count) await new Promise(setImmediate);
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
    t.mock.timers.tick(5000);
  }
  assert.ok((await compiled) instanceof WebAssembly.Module);

  // To the page's CSP, too, fetch says no more than that.
  serve({ [moduleUrl]: () => { throw new TypeError("Failed to fetch"); } });
  let settled = false;
  const refused = compileModule().catch((error) => error).finally(() => (settled = true));
  while (!settled) {
    await new Promise(setImmediate);
    t.mock.timers.tick(15_000);
  }
  const { message } = await refused;
  assert.ok(message.includes(moduleUrl) && message.includes("connect-src"), message);

  const broken = serve({ [moduleUrl]: () => new Response(module.slice(0, 6), { headers: { "Content-Type": "x/y" } }) });
  await assert.rejects(compileModule(), WebAssembly.CompileError);
  assert.equal(broken.length, 1);
});
