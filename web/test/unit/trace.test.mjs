import assert from "node:assert/strict";
import test from "node:test";
import { format } from "node:util";
import { load } from "./bundle.mjs";
import { body, fakeModule, fakeOrigin, player, register, segmentBytes } from "./fakes.mjs";

const ok = () => new Response(body(segmentBytes(1000)));

/** A Core, and the lines that it says under the namespaces that are on. */
async function tracing(namespaces) {
  const { Core, debug, pageModule } = await load(
    'export { Core, debug } from "./src/index.ts"; export { pageModule } from "./src/module.ts"',
  );
  fakeOrigin(ok);
  const lines = [];
  debug.log = (...args) => lines.push(format(...args));
  debug.inspectOpts = { colors: false, hideDate: true };
  debug.enable(namespaces);
  return { core: new Core(), pageModule, debug, lines };
}

/** Lines without what `debug` puts around them. */
const told = (lines) => lines.map((line) => line.slice(line.indexOf("p2pml-core:") + "p2pml-core:".length).replace(/ \+\d+ms/, ""));

test("what the engine asks for, and what becomes of it", async () => {
  const { core, lines } = await tracing("p2pml-core*");
  const [one] = register(core);
  const [other] = register(core, { name: "b" });
  const [audio] = register(core, { type: "secondary", name: "c" });
  const first = player();
  await core.loadSegment(one.runtimeId, first.callbacks);
  await first.answered;
  await core.loadSegment(other.runtimeId, player().callbacks);
  core.abortSegmentLoading(other.runtimeId);
  core.destroy();
  register(core, { type: "secondary", name: "c" });
  await core.loadSegment(audio.runtimeId, player().callbacks);
  assert.deepEqual(told(lines), [
    "hybrid-loader-main requests main-i 100",
    "request-main http started: 100",
    `request-main http succeeded: ${one.url}, 1000 bytes`,
    "hybrid-loader-main requests main-i 100",
    "hybrid-loader-main stream changed to main-i",
    "request-main http started: 100",
    "hybrid-loader-main aborts main-i 100",
    "request-main http aborted: 100",
    "hybrid-loader-secondary requests secondary-i 100",
    "request-secondary http started: 100",
  ]);
});

test("what the module tells", async () => {
  const { core, pageModule, lines } = await tracing("p2pml-core:request*,p2pml-core:peer,p2pml-core:p2p-tracker-client,p2pml-core:hybrid-loader-secondary");
  const [one] = register(core);
  const module = fakeModule();
  pageModule.becomeReady(module);
  await core.loadSegment(one.runtimeId, player().callbacks);
  const { host } = module;
  const download = { segment: one, downloadSource: "p2p", peerId: "anna", streamType: "main" };
  host.emit("onPeerConnect", { peerId: "anna", streamType: "main" });
  host.emit("onSegmentError", { ...download, error: { type: "peer-closed", message: "gone" } });
  host.emit("onSegmentAbort", { ...download, downloadSource: "http", peerId: null });
  host.emit("onPeerError", { peerId: "anna", streamType: "main", error: { message: "abort", code: "ERR_DATA_CHANNEL" } });
  host.emit("onTrackerWarning", { streamType: "main", warning: { message: "wss://t.test: lost" } });
  host.emit("onWarning", { streamType: "secondary", warning: { message: "HTTP status 404", code: "digests-missing" } });
  host.log("p2pml-core:peer", "anna closed: abort");
  host.log("p2pml-core:segment-memory-storage", "stored 1"); // which is off
  assert.deepEqual(told(lines), [
    "peer anna connected, main",
    "request-main p2p from anna failed: 100 (peer-closed, gone)",
    "request-main http aborted: 100",
    "peer anna broke: abort",
    "p2p-tracker-client warning, main: Error: wss://t.test: lost",
    "hybrid-loader-secondary warns of digests-missing: HTTP status 404",
    "peer anna closed: abort",
  ]);
});

test("when a tracker is tried again, and that it is back", async () => {
  const { core, pageModule } = await tracing("");
  const [one] = register(core);
  const module = fakeModule();
  pageModule.becomeReady(module);
  await core.loadSegment(one.runtimeId, player().callbacks);
  const heard = [];
  core.addEventListener("onTrackerWarning", ({ warning }) => heard.push(warning));
  for (const event of ["onTrackerReply", "onWarningOver"]) core.addEventListener(event, (details) => heard.push(details));
  const reply = { streamType: "main", tracker: "wss://t.test", infoHash: "h".repeat(20), viewers: 3 };
  const over = { streamType: "main", code: "digests-missing" };
  module.host.emit("onTrackerWarning", { streamType: "main", warning: { message: "wss://t.test: lost", retryInMs: 1500 } });
  module.host.emit("onTrackerWarning", { streamType: "main", warning: { message: "wss://t.test: no" } });
  module.host.emit("onTrackerReply", reply);
  module.host.emit("onWarningOver", over);
  const [lost, other, ...details] = heard;
  assert.ok(lost instanceof Error && other instanceof Error);
  assert.equal(lost.retryInMs, 1500);
  assert.equal("retryInMs" in other, false);
  assert.deepEqual(details, [reply, over]);
});

test("lines are made only for those who listen", async () => {
  const { debug } = await tracing("");
  const { trace, debug: same } = await load('export { trace } from "./src/trace.ts"; export { debug } from "./src/debug.ts"');
  const said = [];
  same.log = (...args) => said.push(args);
  let made = 0;
  const line = () => `line ${++made}`;
  same.enable("p2pml-core:other");
  trace("p2pml-core:peer", line);
  assert.equal(made, 0);
  same.enable("p2pml-core:peer");
  trace("p2pml-core:peer", line);
  assert.deepEqual([made, said.length], [1, 1]);
  same.disable();
  trace("p2pml-core:peer", line);
  assert.equal(made, 1);
  debug.disable();
});
