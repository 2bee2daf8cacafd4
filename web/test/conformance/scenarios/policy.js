// What is loaded ahead, and when the origin is asked: by a policy of our own.

const short = { lasts: 4, every: 4 };

export const scenarios = [
  {
    name: "segments that follow one another",
    differs: "load-ahead",
    sorted: true,
    async run(kit) {
      const core = kit.core();
      const [a] = kit.register(core, [..."abcdefghij"].map((name) => `${name}.ts`), short);
      await kit.load(core, a);
      await kit.until("the fourth is loaded", () => kit.has('onSegmentLoaded({bytesLength: 5000, downloadSource: "http", peerId: undefined, segmentUrl: "d.ts"'), 1500);
      await kit.pause(100);
    },
  },
  {
    name: "a segment that is not needed for a while",
    differs: "far-request",
    async run(kit) {
      const core = kit.core({ announceTrackers: [`${kit.setup.badTrackers}/silent`] });
      const [a] = kit.register(core, ["a.ts"], short);
      await kit.load(core, a);
      const ask = (segment) => {
        core.updateStream("main", [segment]);
        void core.loadSegment(segment.runtimeId, { onSuccess() {}, onError() {} });
      };
      ask(kit.segment("b.ts", 1, { lasts: 4, every: 13 }));
      await kit.until("b is asked for at once", async () => (await kit.requests()).length === 2, 2000);
      await kit.until("b is there", () => kit.has('onSuccess of "b.ts"'), 3000);
      ask(kit.segment("c.ts", 2, { lasts: 4, every: 13 }));
      await kit.until("c is there", () => kit.has('onSuccess of "c.ts"'), 1000);
    },
  },
];
