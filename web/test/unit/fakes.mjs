// An origin behind a fake fetch, a module that is not Go, and what a player does.

/** Bytes that tell where they are: byte i is i mod 251. */
export function segmentBytes(length) {
  return Uint8Array.from({ length }, (_, i) => i % 251);
}

/** Replaces fetch: `answer(request, count)` gives a Response, or throws. */
export function fakeOrigin(answer) {
  const requests = [];
  globalThis.fetch = async (request) => {
    if (!(request instanceof Request)) return new Promise(() => undefined); // the Go module
    requests.push(request);
    return answer(request, requests.length);
  };
  return requests;
}

/**
 * Time that passes only with `tick(ms)`, for timers and `performance.now()`. It
 * passes in steps: what is set meanwhile rings meanwhile.
 */
export function mockTime(t) {
  let now = Math.ceil(performance.now()); // whole, so that what passes is exact
  t.mock.timers.enable({ apis: ["setTimeout"] });
  t.mock.method(performance, "now", () => now);
  return {
    tick(ms) {
      for (let left = ms; left > 0; left--) {
        now++;
        t.mock.timers.tick(1);
      }
    },
  };
}

/** A body that comes in these chunks; an Error among them breaks the connection, a promise holds it. */
export function body(...chunks) {
  const left = [...chunks];
  return new ReadableStream({
    async pull(controller) {
      const next = await left.shift();
      if (next === undefined) controller.close();
      else if (next instanceof Error) controller.error(next);
      else controller.enqueue(next);
    },
  });
}

/** Callbacks of an engine that keep what they hear, and promises for it. */
export function player() {
  const heard = [];
  let wake;
  const answered = new Promise((resolve) => (wake = resolve));
  return {
    heard,
    answered,
    callbacks: {
      onSuccess: (response) => { heard.push({ success: response }); wake(); },
      onError: (error) => { heard.push({ error }); wake(); },
    },
  };
}

/** Registers one live stream with some segments, as the hls.js engine does. */
export function register(core, { type = "main", segments = 3, name = "a" } = {}) {
  core.setManifestResponseUrl("https://origin.test/master.m3u8?token=1");
  const runtimeId = `https://origin.test/${name}.m3u8`;
  core.addStreamIfNoneExists({ runtimeId, type, index: "i" });
  const added = Array.from({ length: segments }, (_, i) => ({
    runtimeId: `https://origin.test/${name}${i}.ts`,
    externalId: 100 + i,
    url: `https://origin.test/${name}${i}.ts`,
    byteRange: undefined,
    startTime: 2 * i,
    endTime: 2 * i + 2,
  }));
  core.updateStream(runtimeId, added);
  return added;
}

/** Every event of a Core, in the order of its coming: [name, ...arguments]. */
export function recordEvents(core) {
  const events = [];
  for (const name of [
    "onSegmentStart", "onChunkDownloaded", "onSegmentLoaded", "onSegmentError", "onSegmentAbort",
    "onPeerConnect", "onPeerClose", "onPeerError", "onChunkUploaded", "onTrackerError", "onTrackerWarning",
  ]) {
    core.addEventListener(name, (...args) => events.push([name, ...args]));
  }
  return events;
}

/** A module that notes what it is told. */
export function fakeModule() {
  const calls = [];
  const module = {
    calls,
    host: undefined,
    open(host, settings) {
      module.host = host;
      calls.push(["open", settings]);
      return new Proxy({}, {
        get: (_, method) => (...args) => {
          calls.push([method, ...args]);
          module.onCall?.(method, args);
        },
      });
    },
    forgetPeerIds: () => calls.push(["forgetPeerIds"]),
    rest: () => calls.push(["rest"]),
    wake: () => calls.push(["wake"]),
    methods: () => calls.map(([method]) => method),
  };
  return module;
}
