// Asking for segments: who is answered what, when, and how often.

export const scenarios = [
  {
    name: "a segment",
    async run(kit) {
      const core = kit.core();
      const [a] = kit.register(core, ["a.ts"]);
      await kit.load(core, a);
      await kit.noteRequests();
    },
  },
  {
    name: "the buffer is the player's own",
    async run(kit) {
      const core = kit.core();
      const [a] = kit.register(core, ["a.ts"]);
      const { data } = await kit.load(core, a);
      kit.note("buffer", data instanceof ArrayBuffer, data);
      structuredClone(data, { transfer: [data] });
      kit.note("transferred", data.byteLength);
    },
  },
  {
    name: "callbacks never come before the call returns",
    async run(kit) {
      const core = kit.core();
      const [a] = kit.register(core, ["a.ts"]);
      let returned = false;
      const tell = (name) => () => kit.note(name, returned);
      void core.loadSegment(a.runtimeId, { onSuccess: tell("first, after its return"), onError: tell("first, after its return") });
      returned = true;
      await kit.until("answered", () => kit.has("first,"));
      returned = false;
      void core.loadSegment(a.runtimeId, { onSuccess: tell("second, after its return"), onError: tell("second, after its return") });
      returned = true;
      await kit.until("answered", () => kit.has("second,"));
    },
  },
  {
    name: "before the manifest is known, and what is not registered",
    async run(kit) {
      const core = kit.core();
      const callbacks = { onSuccess() {}, onError() {} };
      await core.loadSegment("a", callbacks).catch(() => undefined);
      kit.register(core, ["a.ts"]);
      await core.loadSegment("unknown", callbacks).catch(() => undefined);
      core.updateStream("main", [], [`${kit.base}a.ts`]);
      await core.loadSegment(`${kit.base}a.ts`, callbacks).catch(() => undefined);
      core.destroy();
      await core.loadSegment(`${kit.base}a.ts`, callbacks).catch(() => undefined);
      await kit.noteRequests();
    },
  },
  {
    name: "two requests of one type: the first is aborted",
    async run(kit) {
      const core = kit.core();
      await kit.plan("a.ts", { wait: "forever" });
      const [a, b] = kit.register(core, ["a.ts", "b.ts"]);
      void kit.load(core, a);
      await kit.until("a is asked for", async () => (await kit.requests()).length === 1);
      await kit.load(core, b);
      await kit.until("a is cut off", async () => (await kit.requests())[0].cut);
      await kit.noteRequests();
    },
  },
  {
    name: "two requests in one turn",
    sorted: true,
    async run(kit) {
      const core = kit.core();
      const [a, b] = kit.register(core, ["a.ts", "b.ts"]);
      const both = [kit.load(core, a), kit.load(core, b)];
      await Promise.all(both);
      const requests = await kit.requests();
      kit.note("b asked for", requests.filter(({ name }) => name === "b.ts").length);
    },
  },
  {
    name: "the same segment twice in one turn",
    sorted: true,
    async run(kit) {
      const core = kit.core();
      const [a] = kit.register(core, ["a.ts"]);
      await Promise.all([kit.load(core, a), kit.load(core, a)]);
      await kit.noteRequests();
    },
  },
  {
    name: "the same segment while it is on its way",
    async run(kit) {
      const core = kit.core();
      await kit.plan("a.ts", { wait: 300 });
      const [a] = kit.register(core, ["a.ts"]);
      const first = kit.load(core, a);
      await kit.until("asked for", async () => (await kit.requests()).length === 1);
      await Promise.all([first, kit.load(core, a)]);
      await kit.noteRequests();
    },
  },
  {
    name: "main and secondary at once",
    sorted: true,
    async run(kit) {
      const core = kit.core();
      const [a] = kit.register(core, ["a.ts"]);
      const [b] = kit.register(core, ["b.ts"], { type: "secondary" });
      await Promise.all([kit.load(core, a), kit.load(core, b)]);
      await kit.noteRequests();
    },
  },
  {
    name: "aborted by the player, then asked for again",
    differs: { early: "early-abort" },
    async run(kit) {
      const core = kit.core();
      await kit.plan("a.ts", { wait: "forever" }, {});
      const [a] = kit.register(core, ["a.ts"]);
      const first = kit.load(core, a);
      await kit.until("asked for", async () => (await kit.requests()).length === 1);
      core.abortSegmentLoading("another");
      core.abortSegmentLoading(a.runtimeId);
      kit.note("abort has returned");
      await first;
      core.abortSegmentLoading(a.runtimeId);
      // It leaves the window of what is loaded ahead as well.
      core.updatePlayback(90, 1);
      await kit.pause(100);
    },
  },
  {
    name: "aborted in the turn it was asked for",
    differs: "abort-in-turn",
    async run(kit) {
      const core = kit.core();
      const [a] = kit.register(core, ["a.ts"]);
      void kit.load(core, a);
      core.abortSegmentLoading(a.runtimeId);
      await kit.until("answered", () => kit.has("callback on"));
    },
  },
  {
    name: "stored segments are not asked for again",
    async run(kit) {
      const core = kit.core();
      const [a, b] = kit.register(core, ["a.ts", "b.ts"]);
      await kit.load(core, a);
      await kit.load(core, b);
      await kit.load(core, a);
      await kit.noteRequests();
    },
  },
  {
    name: "byte ranges",
    async run(kit) {
      const core = kit.core();
      const [a] = kit.register(core, ["a.ts"], { byteRange: { start: 100, end: 299 } });
      await kit.load(core, a);
      await kit.noteRequests();
    },
  },
  {
    name: "destroyed in mid-download, then used again",
    async run(kit) {
      const core = kit.core();
      await kit.plan("a.ts", { send: 1000, then: "hang" }, {});
      const [a] = kit.register(core, ["a.ts"]);
      const first = kit.load(core, a);
      await kit.until("bytes come", () => kit.has("onChunkDownloaded"));
      core.destroy();
      kit.note("destroy has returned");
      await first;
      kit.register(core, ["a.ts"]);
      await kit.load(core, a);
      await kit.noteRequests();
    },
  },
  {
    name: "destroyed in the turn it was asked for",
    differs: "abort-in-turn",
    async run(kit) {
      const core = kit.core();
      const [a] = kit.register(core, ["a.ts"]);
      const load = core.loadSegment(a.runtimeId, { onSuccess() {}, onError() {} });
      core.destroy();
      await load.catch(() => undefined);
      await kit.pause(100);
      await kit.noteRequests();
    },
  },
  {
    name: "a removed segment on its way",
    async run(kit) {
      const core = kit.core();
      await kit.plan("a.ts", { wait: 200 });
      const [a] = kit.register(core, ["a.ts"]);
      const load = kit.load(core, a);
      await kit.until("asked for", async () => (await kit.requests()).length === 1);
      core.updateStream("main", [], [a.runtimeId]);
      await load;
      await kit.noteRequests();
    },
  },
  {
    name: "another rendition in mid-download",
    sorted: true,
    async run(kit) {
      const core = kit.core();
      await kit.plan("a.ts", { send: 1000, then: "hang" });
      const [a] = kit.register(core, ["a.ts"]);
      const [b] = kit.register(core, ["b.ts"], { stream: "other", index: "other-index" });
      void kit.load(core, a);
      await kit.until("bytes come", () => kit.has("onChunkDownloaded"));
      core.setActiveLevelBitrate(2_000_000);
      core.abortSegmentLoading(a.runtimeId);
      await kit.load(core, b);
      await kit.until("a is cut off", async () => (await kit.requests())[0].cut);
    },
  },
  {
    name: "live",
    async run(kit) {
      const core = kit.core();
      core.setIsLive(true);
      core.setIsLive(true);
      core.setActiveLevelBitrate(1_000_000);
      const [a, b] = kit.register(core, ["a.ts", "b.ts"]);
      await kit.load(core, a);
      core.updateStream("main", [kit.segment("c.ts", 2)], [a.runtimeId]);
      await kit.load(core, b);
      await kit.load(core, core.getStream("main").segments.get(`${kit.base}c.ts`));
      await kit.noteRequests();
    },
  },
  {
    name: "P2P disabled while a segment is on its way",
    async run(kit) {
      const core = kit.core();
      await kit.plan("a.ts", { send: 1000, then: "hang" }, {});
      const [a] = kit.register(core, ["a.ts"]);
      const load = kit.load(core, a);
      await kit.until("bytes come", () => kit.has("onChunkDownloaded"));
      core.applyDynamicConfig({ isP2PDisabled: true });
      kit.note("apply has returned", core.isSegmentLoadable(a.runtimeId));
      await load;
      core.applyDynamicConfig({ isP2PDisabled: false });
      await kit.load(core, a);
      await kit.noteRequests();
    },
  },
  {
    name: "P2P disabled from the start: loadSegment loads all the same",
    async run(kit) {
      const core = kit.core({ isP2PDisabled: true });
      const [a] = kit.register(core, ["a.ts"]);
      await kit.load(core, a);
      await kit.noteRequests();
    },
  },
  {
    name: "upload disabled, then enabled",
    async run(kit) {
      const core = kit.core({ isP2PUploadDisabled: true });
      const [a, b] = kit.register(core, ["a.ts", "b.ts"]);
      await kit.load(core, a);
      core.applyDynamicConfig({ isP2PUploadDisabled: false });
      await kit.load(core, b);
    },
  },
  {
    name: "two Cores on one page",
    async run(kit) {
      const [one, two] = [kit.core(), kit.core()];
      const [a] = kit.register(one, ["a.ts"]);
      kit.register(two, ["a.ts"]);
      await kit.load(one, a);
      one.destroy();
      await kit.load(two, a);
      kit.note("left", one.hasSegment(a.runtimeId), two.hasSegment(a.runtimeId));
      await kit.noteRequests();
    },
  },
  {
    name: "no downloads from the origin at a time, then one",
    async run(kit) {
      const core = kit.core({ simultaneousHttpDownloads: 0 });
      const [a] = kit.register(core, ["a.ts"]);
      const load = kit.load(core, a);
      await kit.pause(300);
      kit.note("asked for", (await kit.requests()).length);
      core.applyDynamicConfig({ simultaneousHttpDownloads: 1 });
      core.updatePlayback(60, 1);
      await load;
      await kit.noteRequests();
    },
  },
  {
    name: "an initial wait for peers",
    async run(kit) {
      const core = kit.core({ httpDownloadInitialTimeoutMs: 600 });
      const [a] = kit.register(core, ["a.ts"]);
      const load = kit.load(core, a);
      await kit.pause(200);
      kit.note("asked for", (await kit.requests()).length);
      await load;
      await kit.noteRequests();
    },
  },
];
