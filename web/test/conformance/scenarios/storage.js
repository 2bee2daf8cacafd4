// A storage that the page brings: how it is called, and what becomes of what it does.

import { recordingStorage } from "../in-page/storage.js";

/** A scenario in which two segments are played, the first one twice, with such a storage. */
function playedWith(name, change, { config, register, ...more } = {}) {
  return {
    name,
    ...more,
    async run(kit) {
      const factory = recordingStorage(kit, change);
      const core = kit.core({ customSegmentStorageFactory: factory, httpErrorRetries: 1, ...config?.(kit) });
      const [a, b] = kit.register(core, ["a.ts", "b.ts"], register);
      for (const [segment, isNew] of [[a, true], [b, true], [a, false]]) {
        kit.forget();
        await core.loadSegment(segment.runtimeId, { onSuccess() {}, onError() {} }).catch(() => undefined);
        if (isNew) core.updatePlayback(segment.startTime, 1);
        await kit.until("answered", () => kit.has("callback on") || kit.has("throws"), 1000);
        await kit.pause(50);
        core.updatePlayback(segment.startTime, 1);
      }
      await kit.noteRequests();
      core.destroy();
      for (const call of [...factory.looked].sort()) kit.note(call);
    },
  };
}

const fails = () => {
  throw new Error("of the page");
};

export const scenarios = [
  playedWith("a storage of the page"),
  playedWith("a storage, and a swarm id", {}, { config: ({ run }) => ({ swarmId: `swarm of ${run}` }) }),
  playedWith("a storage, and a secondary stream", {}, { register: { type: "secondary" } }),
  playedWith("a storage that has it already", {
    hasSegment: () => true,
    getSegmentData: async () => new Uint8Array([1, 2, 3]).buffer,
  }, { differs: "bandwidth-zero" }),
  playedWith("a storage that says it has what it has not", { hasSegment: () => true, getSegmentData: async () => undefined }, { differs: "storage-fails" }),
  playedWith("a storage that is slow", {
    initialize: () => new Promise((resolve) => setTimeout(resolve, 300)),
  }),
  // npm's core fetches again and again here what was not stored.
  playedWith("a storage that does not take segments", { storeSegment: async () => fails() }, { differs: "storage-fails", isEndless: true }),
  playedWith("a storage that throws when segments are stored", { storeSegment: fails }, { differs: "storage-fails", isEndless: true }),
  playedWith("a storage that is not ready", { initialize: async () => fails() }, { differs: "storage-fails" }),
  playedWith("a storage that throws when asked", { hasSegment: fails }, { differs: "storage-fails" }),
  playedWith("a storage that cannot be read", { hasSegment: () => true, getSegmentData: async () => fails() }, { differs: "storage-fails" }),
  {
    name: "a storage that does not answer",
    differs: "storage-fails",
    async run(kit) {
      const silent = { hasSegment: () => true, getSegmentData: () => new Promise(() => undefined) };
      const core = kit.core({ customSegmentStorageFactory: recordingStorage(kit, silent) });
      const [a] = kit.register(core, ["a.ts"]);
      void kit.load(core, a);
      await kit.until("answered", () => kit.has("callback on"), 3000);
    },
  },
  {
    name: "a storage, and the renditions that are played in turn",
    async run(kit) {
      const core = kit.core({ customSegmentStorageFactory: recordingStorage(kit), p2pInactiveLoaderDestroyTimeoutMs: 300 });
      const [low] = kit.register(core, ["low.ts"], { stream: "low", index: "low" });
      const [high] = kit.register(core, ["high.ts"], { stream: "high", index: "high" });
      const [sound] = kit.register(core, ["sound.ts"], { type: "secondary" });
      const play = async (segment) => {
        kit.note("plays", segment.runtimeId);
        await kit.load(core, segment);
        await kit.pause(50);
      };
      await play(low);
      await play(sound);
      await play(high);
      await play(low); // soon enough for its peers to be there still
      await kit.pause(400);
      await play(high);
    },
  },
  {
    name: "a storage, and a rendition of which nothing came",
    async run(kit) {
      const core = kit.core({ customSegmentStorageFactory: recordingStorage(kit), httpErrorRetries: 1 });
      const [a] = kit.register(core, ["a.ts"], { stream: "low", index: "low" });
      const [b] = kit.register(core, ["b.ts"], { stream: "high", index: "high" });
      await kit.plan("a.ts", { status: 404 });
      for (const segment of [a, b, a]) await kit.load(core, segment);
    },
  },
  {
    name: "a live storage, twice",
    async run(kit) {
      const core = kit.core({ customSegmentStorageFactory: recordingStorage(kit) });
      core.setIsLive(true);
      const [a] = kit.register(core, ["a.ts"]);
      await kit.load(core, a);
      core.destroy();
      kit.register(core, ["a.ts"]);
      await kit.load(core, a);
    },
  },
  {
    name: "a factory that is no function",
    async run(kit) {
      const core = kit.core({ customSegmentStorageFactory: {} });
      const [a] = kit.register(core, ["a.ts"]);
      await kit.load(core, a);
      await kit.load(core, a);
    },
  },
  {
    name: "a factory that throws",
    differs: "storage-fails",
    async run(kit) {
      const core = kit.core({ customSegmentStorageFactory: fails });
      const [a] = kit.register(core, ["a.ts"]);
      await kit.load(core, a);
    },
  },
];
