// What the package exports, and what does not need a stream.

export const scenarios = [
  {
    name: "every export, what it is and how many arguments it takes",
    run(kit) {
      for (const name of Object.keys(kit.api).sort()) {
        const value = kit.api[name];
        kit.note(`${name}: ${typeof value} named ${value.name}, takes ${value.length}`);
      }
    },
  },
  {
    name: "every method and static of Core",
    run(kit) {
      const { Core } = kit.api;
      const methods = [
        "getConfig", "applyDynamicConfig", "addEventListener", "removeEventListener", "setManifestResponseUrl",
        "hasSegment", "getStream", "addStreamIfNoneExists", "updateStream", "loadSegment", "abortSegmentLoading",
        "updatePlayback", "setActiveLevelBitrate", "setIsLive", "isSegmentLoadable", "destroy",
      ];
      for (const name of methods) kit.note(`${name}: ${typeof Core.prototype[name]}, takes ${Core.prototype[name].length}`);
      kit.note("statics", Object.keys(Core).sort());
      kit.note("Core", Core.length, Object.prototype.toString.call(new Core()));
    },
  },
  {
    name: "the defaults, and the configuration of a Core without settings",
    run(kit) {
      const { Core } = kit.api;
      kit.note("common", Core.DEFAULT_COMMON_CORE_CONFIG);
      kit.note("stream", Core.DEFAULT_STREAM_CONFIG);
      kit.note("none", new Core().getConfig());
      kit.note("undefined", new Core(undefined).getConfig());
      kit.note("empty", new Core({}).getConfig());
      kit.note("frozen", Object.isFrozen(Core.DEFAULT_STREAM_CONFIG), Object.isFrozen(Core.DEFAULT_COMMON_CORE_CONFIG));
    },
  },
  {
    name: "defaults that a page changes are those of later Cores",
    run(kit) {
      const { DEFAULT_STREAM_CONFIG } = kit.api.Core;
      const before = DEFAULT_STREAM_CONFIG.highDemandTimeWindow;
      DEFAULT_STREAM_CONFIG.highDemandTimeWindow = 7;
      kit.note("after", new kit.api.Core().getConfig().mainStream.highDemandTimeWindow);
      DEFAULT_STREAM_CONFIG.highDemandTimeWindow = before;
    },
  },
  {
    name: "the error classes",
    run(kit) {
      const { CoreRequestError, RequestError } = kit.api;
      for (const error of [
        new CoreRequestError("failed"),
        new CoreRequestError("aborted"),
        new RequestError("http-error"),
        new RequestError("abort", "told"),
        new RequestError("peer-closed", undefined),
      ]) {
        kit.note("error", error, error.message, String(error), Object.keys(error).sort());
        kit.note("is", error instanceof Error, error instanceof CoreRequestError, error instanceof RequestError);
      }
    },
  },
  {
    name: "stream ids",
    run(kit) {
      for (const stream of [
        {},
        { bitrate: 1000, codecs: "avc1.66.30, mp4a.40.2", width: 640, height: 360 },
        { bitrate: null, codecs: "AVC1.42001E", language: "eng", channels: "2/JOC", name: " English ", frameRate: "29.970" },
        { bitrate: 0, language: "und", channels: 6, frameRate: 0, videoRange: "sdr" },
        { codecs: "avc1.066.30,avc1.1e3.30,avc1.300.52", name: "", frameRate: "a", videoRange: " pq" },
        { name: "ünïcode 日本", language: "日本語", codecs: ",", width: 0 },
      ]) {
        kit.note("id", kit.api.generateStreamShortId(stream));
      }
    },
  },
  {
    name: "debug makes loggers",
    run(kit) {
      const logger = kit.api.debug("p2pml-core:conformance");
      kit.note("logger", typeof logger, logger.namespace, typeof logger.extend, typeof kit.api.debug.enable);
    },
  },
];
