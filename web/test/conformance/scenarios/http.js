// What the origin may do, and what becomes of a segment then.

/** A scenario with one segment that the origin treats so. */
export function treated(name, steps, { config = {}, differs, ...segment } = {}) {
  return {
    name,
    differs,
    async run(kit) {
      const core = kit.core(config);
      await kit.plan("a.ts", ...steps);
      const [a] = kit.register(core, ["a.ts"], segment);
      await kit.load(core, a);
      await kit.noteRequests();
    },
  };
}

const byteRange = { start: 1000, end: 1999 };

export const scenarios = [
  treated("404 until it fails", [{ status: 404 }]),
  treated("500, one attempt", [{ status: 500 }], { config: { httpErrorRetries: 1 } }),
  treated("503 twice, then well", [{ status: 503 }, { status: 503 }, {}]),
  treated("406", [{ status: 406 }, {}]),
  treated("416", [{ status: 416 }, {}]),
  treated("no length", [{ length: null }]),
  treated("a redirection", [{ redirect: "b.ts" }]),
  treated("a redirection into nothing", [{ redirect: "b.ts" }], { config: { httpErrorRetries: 1, mainStream: { httpErrorRetries: 2 } } }),
  treated("slow headers", [{ wait: 600 }]),
  treated("a broken connection is resumed", [{ send: 2000, then: "break" }, {}]),
  treated("a broken connection, and no ranges", [{ send: 2000, then: "break" }, { ignoreRange: true }]),
  treated("resumed twice", [{ send: 2000, then: "break" }, { send: 1000, then: "break" }, {}]),
  treated("resumed, with the wrong part", [{ send: 2000, then: "break" }, { shift: 7 }, {}]),
  treated("resumed, 416", [{ send: 2000, then: "break" }, { status: 416 }, {}]),
  treated("resumed, with the end of a shorter one", [{ send: 2000, then: "break" }, { size: 4000 }, {}]),
  treated("a byte range is resumed", [{ send: 300, then: "break" }, {}], { byteRange }),
  treated("404 to a byte range", [{ status: 404 }, {}], { byteRange }),
  {
    name: "a failed segment asked for again",
    async run(kit) {
      const core = kit.core({ httpErrorRetries: 2 });
      await kit.plan("a.ts", { status: 404 }, { status: 404 }, {});
      const [a] = kit.register(core, ["a.ts"]);
      await kit.load(core, a);
      await kit.load(core, a);
      await kit.noteRequests();
    },
  },
  {
    name: "more attempts are allowed while it fails",
    async run(kit) {
      const core = kit.core({ httpErrorRetries: 2 });
      await kit.plan("a.ts", { status: 404 });
      const [a] = kit.register(core, ["a.ts"]);
      core.addEventListener("onSegmentError", () => core.applyDynamicConfig({ httpErrorRetries: 4 }));
      await kit.load(core, a);
      kit.note("attempts", (await kit.requests()).length);
    },
  },
  {
    name: "an origin that is not there",
    async run(kit) {
      const core = kit.core({ httpErrorRetries: 2 });
      const [a] = kit.register(core, ["a.ts"]);
      const nowhere = { ...a, runtimeId: "nowhere", url: "http://127.0.0.1:9/a.ts", externalId: 9 };
      core.updateStream("main", [nowhere]);
      await kit.load(core, nowhere);
    },
  },
  {
    name: "an address that is none",
    async run(kit) {
      const core = kit.core({ httpErrorRetries: 2 });
      const [a] = kit.register(core, ["a.ts"]);
      const none = { ...a, runtimeId: "none", url: "http://[", externalId: 9 };
      core.updateStream("main", [none]);
      await kit.load(core, none);
    },
  },
];
