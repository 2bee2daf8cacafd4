// Functions of the page that the core calls: with what, and what it makes of what they do.

/** A scenario with one segment and these settings. */
function withSettings(name, settings, { steps = [{}], differs, ...segment } = {}) {
  return {
    name,
    differs,
    async run(kit) {
      const core = kit.core({ httpErrorRetries: 2, ...settings(kit) });
      await kit.plan("a.ts", ...steps);
      const [a] = kit.register(core, ["a.ts"], segment);
      await kit.load(core, a);
      await kit.noteRequests();
    },
  };
}

const byteRange = { start: 1000, end: 1999 };
/** What a page's own request carries. */
const own = (url, range) => new Request(url, { headers: { "x-token": "1", ...(range && { Range: `bytes=${range.start}-${range.end ?? ""}` }) } });

export const scenarios = [
  withSettings("a request setup that makes the request", (kit) => ({
    httpRequestSetup: async (...args) => {
      kit.note("setup", ...args);
      return own(args[0], args[3]);
    },
  })),
  withSettings("a request setup with a byte range", (kit) => ({
    httpRequestSetup: async (...args) => {
      kit.note("setup", ...args);
      return own(args[0], args[3]);
    },
  }), { byteRange }),
  withSettings("a request setup when resumed", (kit) => ({
    httpRequestSetup: async (...args) => {
      kit.note("setup", ...args);
      return own(args[0], args[3]);
    },
  }), { steps: [{ send: 2000, then: "break" }, {}] }),
  withSettings("a request setup when a byte range is resumed", (kit) => ({
    httpRequestSetup: async (...args) => {
      kit.note("setup", ...args);
      return own(args[0], args[3]);
    },
  }), { steps: [{ send: 200, then: "break" }, {}], byteRange }),
  withSettings("a request setup without a result", () => ({ httpRequestSetup: async () => undefined }), { byteRange }),
  withSettings("a request setup that gives null", () => ({ httpRequestSetup: async () => null })),
  withSettings("a request setup that answers at once", () => ({ httpRequestSetup: (url) => own(url) })),
  withSettings("a request setup that rejects", () => ({ httpRequestSetup: async () => { throw new TypeError("of the page"); } })),
  withSettings("a slow request setup", () => ({
    httpRequestSetup: async (url) => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      return own(url);
    },
  })),
  withSettings("a request setup that is too slow", () => ({
    httpNotReceivingBytesTimeoutMs: 300,
    httpRequestSetup: async (url) => {
      await new Promise((resolve) => setTimeout(resolve, 1500));
      return own(url);
    },
  }), { differs: "timeout-told" }),
  withSettings("a request setup of one stream type", (kit) => ({
    httpRequestSetup: async () => kit.note("of both"),
    mainStream: { httpRequestSetup: async () => kit.note("of main") },
  })),
  {
    name: "the abort signal of a request setup, for a player that aborts by leaving",
    async run(kit) {
      let signal;
      const core = kit.core({ httpRequestSetup: async (url, range, given) => ((signal = given), own(url)) });
      await kit.plan("a.ts", { send: 1000, then: "hang" });
      const [a] = kit.register(core, ["a.ts"]);
      const load = kit.load(core, a);
      await kit.until("bytes come", () => kit.has("onChunkDownloaded"));
      kit.note("before", signal);
      core.destroy();
      kit.note("after", signal, signal.reason);
      await load;
    },
  },
  {
    name: "a request setup that is still at it when the Core is destroyed",
    async run(kit) {
      const core = kit.core({ httpRequestSetup: (url) => new Promise((resolve) => setTimeout(resolve, 200, own(url))) });
      const [a] = kit.register(core, ["a.ts"]);
      const load = kit.load(core, a);
      await kit.until("started", () => kit.has("onSegmentStart"));
      core.destroy();
      await load;
      await kit.pause(400);
      await kit.noteRequests();
    },
  },
  {
    name: "a request setup that comes while playing",
    async run(kit) {
      const core = kit.core();
      const [a, b] = kit.register(core, ["a.ts", "b.ts"]);
      await kit.load(core, a);
      core.applyDynamicConfig({ httpRequestSetup: async (url) => own(url) });
      await kit.load(core, b);
      await kit.noteRequests();
    },
  },
  withSettings("a validator that agrees", (kit) => ({
    validateHTTPSegment: async (...args) => {
      kit.note("validate", ...args);
      return true;
    },
  })),
  withSettings("a validator and a byte range", (kit) => ({
    validateHTTPSegment: async (...args) => {
      kit.note("validate", ...args);
      return true;
    },
  }), { byteRange }),
  withSettings("a validator that refuses", () => ({ validateHTTPSegment: async () => false })),
  withSettings("a validator that refuses once", (kit) => ({
    validateHTTPSegment: async () => (kit.asked = (kit.asked ?? 0) + 1) > 1,
  })),
  withSettings("a validator that throws", () => ({ validateHTTPSegment: () => { throw new Error("of the page"); } })),
  withSettings("a validator that rejects", () => ({ validateHTTPSegment: async () => { throw new Error("of the page"); } })),
  withSettings("a validator that says 1", () => ({ validateHTTPSegment: async () => 1 })),
  withSettings("a validator that says nothing", () => ({ validateHTTPSegment: async () => undefined })),
  withSettings("a validator that answers at once", () => ({ validateHTTPSegment: () => true })),
  withSettings("a validator of a resumed segment", (kit) => ({
    validateHTTPSegment: async (url, range, data) => {
      kit.note("validate", data);
      return true;
    },
  }), { steps: [{ send: 2000, then: "break" }, {}] }),
  withSettings("a slow validator", () => ({
    validateHTTPSegment: () => new Promise((resolve) => setTimeout(resolve, 300, true)),
  })),
  {
    name: "a validator that is still at it when the Core is destroyed",
    async run(kit) {
      const core = kit.core({
        validateHTTPSegment: () => {
          kit.note("validate");
          return new Promise((resolve) => setTimeout(resolve, 200, true));
        },
      });
      const [a] = kit.register(core, ["a.ts"]);
      const load = kit.load(core, a);
      await kit.until("validating", () => kit.has("validate"));
      core.destroy();
      await load;
      await kit.pause(400);
    },
  },
  {
    name: "listeners: added twice, removed once, and those who stay through destroy",
    async run(kit) {
      const core = kit.core();
      const one = () => kit.note("one");
      const two = ({ downloadSource, ...rest }) => kit.note("two", downloadSource, Object.keys(rest).sort());
      core.addEventListener("onSegmentStart", one);
      core.addEventListener("onSegmentStart", two);
      core.addEventListener("onSegmentStart", one);
      core.addEventListener("noSuchEvent", one);
      const [a, b] = kit.register(core, ["a.ts", "b.ts"]);
      await kit.load(core, a);
      core.removeEventListener("onSegmentStart", one);
      core.removeEventListener("onSegmentStart", () => undefined);
      core.removeEventListener("onPeerClose", one);
      await kit.load(core, b);
      core.destroy();
      kit.register(core, ["a.ts", "b.ts"]);
      await kit.load(core, a);
    },
  },
  {
    name: "listeners that come and go while they are called",
    async run(kit) {
      const core = kit.core();
      const [a, b] = kit.register(core, ["a.ts", "b.ts"]);
      const last = () => kit.note("last");
      const late = () => kit.note("late");
      core.addEventListener("onSegmentLoaded", () => {
        core.removeEventListener("onSegmentLoaded", last);
        core.addEventListener("onSegmentLoaded", late);
        kit.note("first");
      });
      core.addEventListener("onSegmentLoaded", last);
      await kit.load(core, a);
      await kit.load(core, b);
    },
  },
  {
    name: "listeners share what they are given",
    async run(kit) {
      const core = kit.core();
      const [a] = kit.register(core, ["a.ts"]);
      const given = [];
      core.addEventListener("onSegmentStart", (details) => given.push(details));
      core.addEventListener("onSegmentStart", (details) => given.push(details));
      await kit.load(core, a);
      kit.note("same", given[0] === given[1]);
      kit.note("the segment", given[0].segment === core.getStream("main").segments.get(a.runtimeId), Object.keys(given[0].segment).sort());
    },
  },
  {
    name: "a listener that destroys the Core",
    differs: { ready: "destroy-in-listener" },
    async run(kit) {
      const core = kit.core();
      const [a] = kit.register(core, ["a.ts"]);
      core.addEventListener("onChunkDownloaded", () => core.destroy());
      await kit.plan("a.ts", { send: 1000, then: "hang" });
      await kit.load(core, a);
      await kit.until("cut", async () => (await kit.requests())[0].cut);
    },
  },
  {
    name: "the player asks for the next segment in its callback",
    async run(kit) {
      const core = kit.core();
      const [a, b] = kit.register(core, ["a.ts", "b.ts"]);
      await new Promise((resolve) => {
        void core.loadSegment(a.runtimeId, {
          onError: resolve,
          onSuccess: () => {
            core.updatePlayback(b.startTime, 1);
            void core.loadSegment(b.runtimeId, { onSuccess: resolve, onError: resolve });
          },
        });
      });
      await kit.noteRequests();
    },
  },
];
