// What is meant to differ; web/docs/differences.md says why. A difference that is
// no longer one fails.

import { recordingStorage } from "../in-page/storage.js";
import { treated } from "./http.js";

const byteRange = { start: 1000, end: 1999 };
const impatient = { httpNotReceivingBytesTimeoutMs: 300 };

export const scenarios = [
  treated("a broken connection of unknown length", [{ send: 2000, then: "break", length: null }, {}], { differs: "resume-unknown-length" }),
  treated("the wrong part to a byte range", [{ shift: 7 }, {}], { byteRange, differs: "range-retry" }),
  treated("416 to a byte range", [{ status: 416 }, {}], { byteRange, differs: "range-retry" }),
  treated("200 to a byte range", [{ ignoreRange: true }, {}], { byteRange, differs: "range-unknown" }),
  treated("200 to the rest of a byte range", [{ send: 300, then: "break" }, { ignoreRange: true }, {}], { byteRange, differs: "range-unknown" }),
  treated("no headers", [{ wait: "forever" }, {}], { config: impatient, differs: "timeout-told" }),
  treated("no more bytes", [{ send: 2000, then: "hang" }, {}], { config: impatient, differs: "timeout-told" }),
  treated("stalls until it fails", [{ wait: "forever" }], { config: { ...impatient, httpErrorRetries: 2 }, differs: "timeout-told" }),
  treated("204", [{ status: 204 }], { config: { httpErrorRetries: 1 }, differs: "empty-segment" }),
  treated("a body without bytes", [{ size: 0 }], { config: { httpErrorRetries: 1 }, differs: "empty-segment" }),
  treated("a compressed body", [{ gzip: true }], { config: { httpErrorRetries: 1 }, differs: "compressed-body" }),
  treated("a compressed body of another origin that does not show it", [{ gzip: true, headers: { "Access-Control-Expose-Headers": "X-Else" } }],
    { config: { httpErrorRetries: 1 }, differs: "compressed-body" }),
  treated("a status without words", [{ status: 404, words: "" }], { config: { httpErrorRetries: 1 }, differs: "status-named" }),
  {
    name: "a request setup that throws",
    differs: "setup-throws",
    async run(kit) {
      const core = kit.core({ httpErrorRetries: 2, httpRequestSetup: () => { throw new Error("of the page"); } });
      const [a] = kit.register(core, ["a.ts"]);
      void kit.load(core, a);
      await kit.until("answered", () => kit.has("callback on"), 2000);
    },
  },
  {
    name: "a request setup that rejects with something else than an error",
    differs: "setup-throws",
    async run(kit) {
      const core = kit.core({
        httpErrorRetries: 1,
        httpNotReceivingBytesTimeoutMs: 300,
        httpRequestSetup: () => Promise.reject("of the page"),
      });
      const [a] = kit.register(core, ["a.ts"]);
      await kit.load(core, a);
    },
  },
  {
    name: "a listener that throws",
    differs: "listener-throws",
    async run(kit) {
      const core = kit.core({ httpErrorRetries: 1 });
      const [a] = kit.register(core, ["a.ts"]);
      core.addEventListener("onSegmentLoaded", () => { throw new Error("of the page"); });
      core.addEventListener("onSegmentLoaded", () => kit.note("the next listener"));
      void kit.load(core, a);
      await kit.until("answered", () => kit.has("callback on"), 2000);
    },
  },
  {
    name: "a listener that removes itself",
    differs: "listener-skipped",
    async run(kit) {
      const core = kit.core();
      const [a] = kit.register(core, ["a.ts"]);
      const once = () => core.removeEventListener("onSegmentLoaded", once);
      core.addEventListener("onSegmentLoaded", once);
      core.addEventListener("onSegmentLoaded", () => kit.note("the next listener"));
      await kit.load(core, a);
    },
  },
  {
    name: "a callback that throws",
    differs: "listener-throws",
    async run(kit) {
      const core = kit.core();
      const [a, b] = kit.register(core, ["a.ts", "b.ts"]);
      await new Promise((resolve) => {
        void core.loadSegment(a.runtimeId, {
          onError: resolve,
          onSuccess: () => {
            resolve();
            throw new Error("of the page");
          },
        });
      });
      await kit.load(core, b);
      void kit.load(core, a);
      await kit.until("stored", () => kit.log.filter((line) => line.includes('onSuccess of "a.ts"')).length === 2, 1000);
    },
  },
  {
    name: "changed to undefined",
    differs: "undefined-is-default",
    run(kit) {
      const core = kit.core({ httpErrorRetries: 7 });
      core.applyDynamicConfig({ httpErrorRetries: undefined, mainStream: { simultaneousHttpDownloads: undefined } });
      const { mainStream, secondaryStream } = core.getConfig();
      kit.note("main", mainStream.httpErrorRetries, mainStream.simultaneousHttpDownloads);
      kit.note("secondary", secondaryStream.httpErrorRetries, secondaryStream.simultaneousHttpDownloads);
    },
  },
  {
    name: "a certificate in rtcConfig",
    differs: "foreign-objects",
    async run(kit) {
      const certificate = await RTCPeerConnection.generateCertificate({ name: "ECDSA", namedCurve: "P-256" });
      const core = kit.core({ rtcConfig: { certificates: [certificate] } });
      kit.note("kept", core.getConfig().mainStream.rtcConfig.certificates[0] === certificate);
    },
  },
  {
    name: "a validator that keeps and empties its buffer",
    differs: "validator-copies",
    async run(kit) {
      const core = kit.core({
        httpErrorRetries: 1,
        validateHTTPSegment: async (url, range, data) => {
          structuredClone(data, { transfer: [data] });
          return true;
        },
      });
      const [a] = kit.register(core, ["a.ts"]);
      void kit.load(core, a);
      await kit.until("answered", () => kit.has("callback on"), 1000);
    },
  },
  {
    name: "a stored segment, while another is on its way",
    differs: "one-request",
    async run(kit) {
      const core = kit.core();
      await kit.plan("b.ts", { wait: 600 });
      const [a, b] = kit.register(core, ["a.ts", "b.ts"]);
      await kit.load(core, a);
      void kit.load(core, b);
      await kit.until("asked for", async () => (await kit.requests()).length === 2);
      await kit.load(core, a);
      await kit.until("b is answered", () => kit.has('of "b.ts"'), 2000);
    },
  },
  {
    name: "an empty swarm id",
    differs: "swarm-id-empty",
    async run(kit) {
      const core = kit.core({ swarmId: "", customSegmentStorageFactory: recordingStorage(kit) });
      const [a] = kit.register(core, ["a.ts"]);
      await kit.load(core, a);
      await kit.until("stored", () => kit.has("storage.storeSegment"));
    },
  },
  {
    name: "another swarm id while playing",
    differs: "swarm-id-later",
    async run(kit) {
      const core = kit.core({ swarmId: "one", customSegmentStorageFactory: recordingStorage(kit) });
      const [a, b] = kit.register(core, ["a.ts", "b.ts"]);
      await kit.load(core, a);
      await kit.until("stored", () => kit.has("storage.storeSegment"));
      core.applyDynamicConfig({ swarmId: "two" });
      kit.forget();
      await kit.load(core, b);
      await kit.until("stored", () => kit.has("storage.storeSegment"));
    },
  },
  {
    name: "a tracker that leaves",
    differs: "tracker-lost",
    needsModule: true,
    sorted: true,
    async run(kit) {
      const core = kit.core({ announceTrackers: [`${kit.setup.badTrackers}/leaves`] });
      const [a] = kit.register(core, ["a.ts"]);
      await kit.load(core, a);
      await kit.until("a warning", () => kit.has("onTrackerWarning"), 2000);
      core.destroy();
    },
  },
  {
    name: "a tracker that cannot be understood",
    differs: "tracker-named",
    needsModule: true,
    sorted: true,
    async run(kit) {
      const tracker = `${kit.setup.badTrackers}/mumbles`;
      const core = kit.core({ announceTrackers: [tracker] });
      let named;
      core.addEventListener("onTrackerWarning", ({ warning }) => (named ??= warning.message.includes(tracker)));
      const [a] = kit.register(core, ["a.ts"]);
      await kit.load(core, a);
      await kit.until("a warning", () => named !== undefined);
      core.destroy();
      kit.note("it names the tracker", named);
    },
  },
  {
    name: "two players of one stream",
    differs: "player-is-peer",
    needsModule: true,
    async run(kit) {
      const players = new Set();
      let announced = 0;
      const { send } = WebSocket.prototype;
      WebSocket.prototype.send = function (message) {
        const { event, peer_id } = JSON.parse(message);
        if (event === "started") {
          players.add(peer_id);
          announced++;
        }
        send.call(this, message);
      };
      let met = 0;
      for (let i = 0; i < 2; i++) {
        const core = new kit.api.Core({ announceTrackers: [kit.setup.tracker], rtcConfig: { iceServers: [] } });
        kit.cores.push(core);
        core.addEventListener("onPeerConnect", () => met++);
        const [a] = kit.register(core, ["a.ts"]);
        await kit.load(core, a);
      }
      await kit.until("both have announced themselves", () => announced === 2);
      WebSocket.prototype.send = send;
      kit.note("peers of the swarm", players.size);
      if (players.size === 2) await kit.until("each has met the other", () => met === 2);
    },
  },
];
