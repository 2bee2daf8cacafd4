import assert from "node:assert/strict";
import test from "node:test";
import { OWN_OPTIONS } from "../conformance/in-page/own-options.js";
import { load, loadRealCore, moduleUrl } from "./bundle.mjs";

globalThis.fetch = (url) => {
  assert.equal(String(url), moduleUrl);
  return new Promise(() => undefined);
};

const ours = await load('export * from "./src/index.ts"');
const real = await loadRealCore();

test("the exports are those of npm p2p-media-loader-core", () => {
  assert.deepEqual(Object.keys(ours).sort(), Object.keys(real).sort());
});

test("the methods of Core are there, and its static defaults", () => {
  const publicMethods = [
    "getConfig", "applyDynamicConfig", "addEventListener", "removeEventListener", "setManifestResponseUrl",
    "hasSegment", "getStream", "addStreamIfNoneExists", "updateStream", "loadSegment", "abortSegmentLoading",
    "updatePlayback", "setActiveLevelBitrate", "setIsLive", "isSegmentLoadable", "destroy",
  ];
  for (const name of publicMethods) {
    assert.equal(typeof real.Core.prototype[name], "function", `npm's ${name}`);
    assert.equal(typeof ours.Core.prototype[name], "function", name);
  }
  assert.deepEqual(ours.Core.DEFAULT_STREAM_CONFIG, real.Core.DEFAULT_STREAM_CONFIG);
  assert.deepEqual(ours.Core.DEFAULT_COMMON_CORE_CONFIG, withOurs(real.Core.DEFAULT_COMMON_CORE_CONFIG));
});

/** npm's settings, and ours beside them. */
const withOurs = (theirs) => ({ ...theirs, ...Object.fromEntries(OWN_OPTIONS.map((name) => [name, undefined])) });
const validator = async () => true;
const configurations = {
  "none": undefined,
  "empty": {},
  "for both streams": { highDemandTimeWindow: 30, swarmId: "s", announceTrackers: [] },
  "for one stream": { httpErrorRetries: 5, mainStream: { httpErrorRetries: 7 }, secondaryStream: { isP2PDisabled: true } },
  "undefined sets nothing": { swarmId: undefined, httpErrorRetries: undefined, mainStream: { httpErrorRetries: undefined } },
  "functions": { validateP2PSegment: validator, mainStream: { httpRequestSetup: validator } },
  "unknown keys": { cachedSegmentsCount: 5, mainStream: { colour: "red" } },
  "rtc": { rtcConfig: { iceServers: [{ urls: ["stun:a", "turn:b"], username: "u", credential: "c" }] } },
  "common": { segmentMemoryStorageLimit: 64 },
};

for (const [name, config] of Object.entries(configurations)) {
  test(`a configuration reads back as from npm's Core: ${name}`, () => {
    assert.deepEqual(new ours.Core(config).getConfig(), withOurs(new real.Core(config).getConfig()));
  });
}

const changes = {
  "for both": { highDemandTimeWindow: 3 },
  "for one": { httpErrorRetries: 1, mainStream: { httpErrorRetries: 2 }, secondaryStream: { p2pErrorRetries: 9 } },
  "common": { segmentMemoryStorageLimit: 128 },
  "unknown": { colour: "red", toString: 5 },
  "a validator away": { validateP2PSegment: undefined },
};

for (const [name, change] of Object.entries(changes)) {
  test(`a change reads back as from npm's Core: ${name}`, () => {
    const given = { validateP2PSegment: validator };
    const [a, b] = [new ours.Core(given), new real.Core(given)];
    a.applyDynamicConfig(change);
    b.applyDynamicConfig(change);
    const expected = withOurs(b.getConfig());
    if ("toString" in expected && Object.hasOwn(change, "toString")) {
      // npm's Core takes what every object inherits for a setting; ours does not.
      for (const part of [expected, expected.mainStream, expected.secondaryStream]) delete part.toString;
    }
    assert.deepEqual(a.getConfig(), expected);
  });
}

test("what is read back is a copy, and so is what was given", () => {
  const given = { announceTrackers: ["wss://a"] };
  const core = new ours.Core(given);
  given.announceTrackers.push("wss://b");
  core.getConfig().mainStream.announceTrackers.push("wss://c");
  assert.deepEqual(core.getConfig().mainStream.announceTrackers, ["wss://a"]);
  assert.deepEqual(core.getConfig().secondaryStream.announceTrackers, ["wss://a"]);
});

test("an object that is not plain stays itself", () => {
  class Certificate {}
  const certificate = new Certificate();
  const core = new ours.Core({ rtcConfig: { certificates: [certificate] } });
  assert.equal(core.getConfig().mainStream.rtcConfig.certificates[0], certificate);
});

for (const key of ["__proto__", "constructor", "prototype"]) {
  test(`a change of ${key} is refused`, () => {
    const change = JSON.parse(`{"${key}": {"polluted": true}}`);
    for (const dynamic of [change, { mainStream: change }, { secondaryStream: change }]) {
      const core = new ours.Core();
      assert.throws(() => core.applyDynamicConfig(dynamic), /restricted property/);
    }
    assert.equal({}.polluted, undefined);
  });
}

test("a refused change changes nothing", () => {
  const core = new ours.Core();
  const before = core.getConfig();
  assert.throws(() => core.applyDynamicConfig({ httpErrorRetries: 9, mainStream: JSON.parse('{"__proto__": 1}') }));
  assert.deepEqual(core.getConfig(), before);
});
