// Whether the module may give to peers, on the link that there is.

import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./bundle.mjs";
import { body, fakeModule, fakeOrigin, player, register, segmentBytes } from "./fakes.mjs";

/** A browser that tells this of its network, and a change of it. */
function onNetwork(t, told) {
  const connection = told && Object.assign(new EventTarget(), told);
  const usual = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { value: { connection }, configurable: true });
  t.after(() => (usual ? Object.defineProperty(globalThis, "navigator", usual) : delete globalThis.navigator));
  return (change) => {
    Object.assign(connection, change);
    connection.dispatchEvent(new Event("change"));
  };
}

/** A Core that loads with a module; `gives` are the streams that it may give of, each time it is told. */
async function loading(config) {
  const { Core, pageModule } = await load('export { Core } from "./src/index.ts"; export { pageModule } from "./src/module.ts"');
  fakeOrigin(() => new Response(body(segmentBytes(10)), { headers: { "Content-Length": "10" } }));
  const module = fakeModule();
  pageModule.becomeReady(module);
  const core = new Core(config);
  const [segment] = register(core);
  await core.loadSegment(segment.runtimeId, player().callbacks);
  const gives = () => module.calls
    .filter(([method]) => method === "open" || method === "configure")
    .map(([, { mainStream, secondaryStream }]) =>
      [!mainStream.isP2PUploadDisabled && "main", !secondaryStream.isP2PUploadDisabled && "secondary"].filter(Boolean).join());
  return { core, gives };
}

for (const [name, told, config, want] of [
  ["a browser that tells nothing", undefined, {}, "main,secondary"],
  ["one that tells speeds alone", { effectiveType: "2g", saveData: false }, {}, "main,secondary"],
  ["a network at home", { type: "wifi", saveData: false }, {}, "main,secondary"],
  ["one where nothing is given at all", { type: "wifi" }, { isP2PUploadDisabled: true }, ""],
  ["one that gives of one stream", { type: "wifi" }, { mainStream: { isP2PUploadDisabled: true } }, "secondary"],
  ["a mobile network", { type: "cellular", saveData: false }, {}, ""],
  ["one that saves data", { type: "wifi", saveData: true }, {}, ""],
  ["a mobile network that a page gives on", { type: "cellular", saveData: true }, { isMeteredUploadEnabled: true }, "main,secondary"],
  ["the same, but of one stream", { saveData: true }, { isMeteredUploadEnabled: true, secondaryStream: { isP2PUploadDisabled: true } }, "main"],
]) {
  test(`what is given: ${name}`, async (t) => {
    onNetwork(t, told);
    const { core, gives } = await loading(config);
    assert.deepEqual(gives(), [want]);
    // The page reads back what it has set.
    assert.equal(core.getConfig().secondaryStream.isP2PUploadDisabled, config.secondaryStream?.isP2PUploadDisabled ?? config.isP2PUploadDisabled ?? false);
    core.destroy();
  });
}

test("a link that begins to cost, and ends to", async (t) => {
  const change = onNetwork(t, { type: "wifi", saveData: false });
  const { core, gives } = await loading({});
  change({ downlink: 3 });
  change({ type: "cellular" });
  change({ saveData: true });
  change({ type: "wifi" });
  change({ saveData: false });
  assert.deepEqual(gives(), ["main,secondary", "", "main,secondary"]);
  change({ type: "cellular" });
  core.applyDynamicConfig({ isMeteredUploadEnabled: true });
  core.applyDynamicConfig({ isMeteredUploadEnabled: undefined });
  assert.deepEqual(gives().slice(3), ["", "main,secondary", ""]);
  core.destroy();
  change({ type: "wifi" });
  assert.equal(gives().length, 6, "nothing after its end");
});
