// What a Core makes of the settings that it is given, at first and later.

class Settings {
  highDemandTimeWindow = 4;
  get p2pErrorRetries() {
    return 9;
  }
}

const given = [
  ["main and secondary", {
    highDemandTimeWindow: 1,
    mainStream: { highDemandTimeWindow: 2, swarmId: "main" },
    secondaryStream: { httpErrorRetries: 5 },
  }],
  ["undefined sets nothing", {
    highDemandTimeWindow: undefined,
    swarmId: undefined,
    mainStream: { httpErrorRetries: undefined },
    secondaryStream: undefined,
  }],
  ["undefined in one stream type leaves what both have", { httpErrorRetries: 8, mainStream: { httpErrorRetries: undefined } }],
  ["undefined inside of a setting", { rtcConfig: { iceServers: undefined, iceTransportPolicy: "relay" } }],
  ["unknown keys", { unknown: 1, mainStream: { unknown: 2, other: {} } }],
  ["keys of the wrong stream", { segmentMemoryStorageLimit: 3, mainStream: { segmentMemoryStorageLimit: 4 } }],
  ["arrays", { announceTrackers: ["a", undefined, "b"], rtcConfig: { iceServers: [{ urls: ["stun:a", "stun:b"] }] } }],
  ["no trackers", { announceTrackers: [] }],
  ["a class instance", new Settings()],
  ["no prototype", Object.assign(Object.create(null), { httpErrorRetries: 1 })],
  ["inherited settings", Object.create({ httpErrorRetries: 1 })],
  ["null stays null", { swarmId: null, segmentMemoryStorageLimit: null }],
  ["functions", { validateP2PSegment: async () => true, mainStream: { httpRequestSetup: async () => null } }],
  ["a later class inside", { rtcConfig: { certificates: [], peerIdentity: "x", future: { deep: [1, { a: undefined }] } } }],
];

const changes = [
  ["every dynamic key", {
    highDemandTimeWindow: 1, httpDownloadInitialTimeoutMs: 2, httpDownloadTimeWindow: 3, p2pDownloadTimeWindow: 4,
    simultaneousHttpDownloads: 5, simultaneousP2PDownloads: 6, webRtcMaxMessageSize: 7,
    p2pNotReceivingBytesTimeoutMs: 8, p2pInactiveLoaderDestroyTimeoutMs: 9, httpNotReceivingBytesTimeoutMs: 10,
    httpErrorRetries: 11, p2pErrorRetries: 12, validateP2PSegment: async () => true,
    httpRequestSetup: async () => undefined, isP2PDisabled: true, isP2PUploadDisabled: true,
    segmentMemoryStorageLimit: 13,
  }],
  ["keys that are not dynamic by their type", { swarmId: "later", announceTrackers: ["ws://later"], validateHTTPSegment: async () => true }],
  ["one stream type", { mainStream: { httpErrorRetries: 5 }, secondaryStream: { isP2PUploadDisabled: true } }],
  ["a stream type after both", { httpErrorRetries: 4, mainStream: { httpErrorRetries: 5 } }],
  ["unknown keys", { unknown: 1, mainStream: { unknown: 1 } }],
  ["null", { httpErrorRetries: null }],
  ["no stream types", { mainStream: undefined, secondaryStream: null }],
  ["nothing", {}],
  ["an object replaces another whole", { rtcConfig: { iceTransportPolicy: "relay" } }],
];

export const scenarios = [
  ...given.map(([name, config]) => ({
    name: `made with: ${name}`,
    run(kit) {
      kit.try("made", () => kit.noteConfig(new kit.api.Core(config).getConfig()));
    },
  })),
  ...changes.map(([name, change]) => ({
    name: `changed with: ${name}`,
    run(kit) {
      const core = kit.core({ httpErrorRetries: 7 });
      kit.try("apply", () => core.applyDynamicConfig(change));
      kit.noteConfig(core.getConfig());
    },
  })),
  {
    name: "restricted keys throw",
    run(kit) {
      const core = kit.core();
      for (const key of ["__proto__", "constructor", "prototype"]) {
        const change = JSON.parse(`{"${key}": {"polluted": 1}}`);
        kit.try(key, () => core.applyDynamicConfig(change));
        kit.try(`mainStream ${key}`, () => core.applyDynamicConfig({ mainStream: change }));
        kit.try(`made with ${key}`, () => kit.noteConfig(new kit.api.Core(change).getConfig()));
      }
      kit.note("polluted", {}.polluted);
      kit.noteConfig(core.getConfig());
    },
  },
  {
    name: "what a page gave and what it got are its own",
    run(kit) {
      const config = { rtcConfig: { iceServers: [{ urls: "stun:a" }] }, announceTrackers: ["ws://a"], mainStream: { httpErrorRetries: 1 } };
      const core = new kit.api.Core(config);
      config.rtcConfig.iceServers[0].urls = "changed";
      config.announceTrackers.push("changed");
      config.mainStream.httpErrorRetries = 99;
      const copy = core.getConfig();
      copy.mainStream.rtcConfig.iceServers.push({ urls: "changed" });
      copy.secondaryStream.announceTrackers[0] = "changed";
      copy.segmentMemoryStorageLimit = 99;
      kit.noteConfig(core.getConfig());
      kit.note("another object each time", core.getConfig() !== core.getConfig(), core.getConfig().mainStream !== copy.mainStream);
      kit.note("the default", kit.api.Core.DEFAULT_STREAM_CONFIG);
    },
  },
  {
    name: "functions stay the same functions",
    run(kit) {
      const validate = async () => true;
      const core = new kit.api.Core({ validateP2PSegment: validate });
      kit.note("made", core.getConfig().mainStream.validateP2PSegment === validate);
      const setup = async () => null;
      core.applyDynamicConfig({ httpRequestSetup: setup });
      kit.note("changed", core.getConfig().secondaryStream.httpRequestSetup === setup);
    },
  },
  {
    name: "an object that a change brings stays the page's",
    run(kit) {
      const core = kit.core();
      const rtcConfig = { iceServers: [{ urls: "stun:a" }] };
      core.applyDynamicConfig({ rtcConfig });
      rtcConfig.iceServers[0].urls = "stun:b";
      kit.noteConfig(core.getConfig());
    },
  },
];
