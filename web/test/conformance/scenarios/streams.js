// The registry of streams and segments.

const stream = { runtimeId: "s", type: "main", index: "0" };
const segment = (id, more = {}) => ({
  runtimeId: id, externalId: Number(id.slice(1)), url: `https://origin.test/${id}`, startTime: 0, endTime: 4, ...more,
});

export const scenarios = [
  {
    name: "a stream keeps what it was registered with, and its identity",
    run(kit) {
      const core = kit.core();
      const given = { ...stream, url: "u", nested: { a: 1 }, method() {} };
      core.addStreamIfNoneExists(given);
      const registered = core.getStream("s");
      kit.note("registered", registered, registered === given, registered.nested === given.nested);
      core.addStreamIfNoneExists({ ...stream, index: "other", url: "v" });
      kit.note("again", core.getStream("s"), core.getStream("s") === registered);
      core.updateStream("s", [segment("a1")]);
      kit.note("same after an update", core.getStream("s") === registered);
      kit.note("unknown", core.getStream("t"));
      kit.note("a Map", registered.segments instanceof Map, Object.keys(registered));
    },
  },
  {
    name: "segments, in their order, once",
    run(kit) {
      const core = kit.core();
      core.addStreamIfNoneExists(stream);
      const first = segment("a2", { extra: "kept", byteRange: { start: 1, end: 2 } });
      core.updateStream("s", [first, segment("a1"), segment("a2", { url: "changed" })]);
      core.updateStream("s", new Set([segment("a0")]));
      core.updateStream("s", (function* () { yield segment("a3"); })(), ["a1"].values());
      const { segments } = core.getStream("s");
      kit.note("order", [...segments.keys()]);
      for (const [id, each] of segments) kit.note(id, { ...each, stream: each.stream === core.getStream("s") });
      kit.note("copied", segments.get("a2") !== first, segments.get("a2").byteRange === first.byteRange);
      kit.note("has", ["a0", "a1", "a2", "a3", "a4"].map((id) => core.hasSegment(id)));
    },
  },
  {
    name: "adding and removing in one update",
    run(kit) {
      const core = kit.core();
      core.addStreamIfNoneExists(stream);
      core.updateStream("s", [segment("a1"), segment("a2")], ["a2", "a9"]);
      kit.note("left", [...core.getStream("s").segments.keys()]);
      core.updateStream("s", undefined, ["a1"]);
      core.updateStream("s", [segment("a1")]);
      core.updateStream("s", undefined, undefined);
      kit.note("back", [...core.getStream("s").segments.keys()]);
      kit.try("null", () => core.updateStream("s", null, null));
      kit.try("unknown stream", () => core.updateStream("t", [segment("a1")]));
      kit.note("streams", core.getStream("t"), core.hasSegment("a1"));
    },
  },
  {
    name: "one segment in two streams",
    run(kit) {
      const core = kit.core();
      core.setManifestResponseUrl("https://origin.test/m");
      core.addStreamIfNoneExists(stream);
      core.addStreamIfNoneExists({ runtimeId: "t", type: "secondary", index: "0" });
      core.updateStream("t", [segment("a1")]);
      core.updateStream("s", [segment("a1")]);
      core.updateStream("t", [], ["a1"]);
      kit.note("still there", core.hasSegment("a1"), core.isSegmentLoadable("a1"));
    },
  },
  {
    name: "what can be loaded",
    run(kit) {
      const core = kit.core({ secondaryStream: { isP2PDisabled: true } });
      core.addStreamIfNoneExists(stream);
      core.addStreamIfNoneExists({ runtimeId: "t", type: "secondary", index: "0" });
      core.updateStream("s", [segment("a1")]);
      core.updateStream("t", [segment("b1")]);
      const loadable = () => ["a1", "b1", "c1"].map((id) => core.isSegmentLoadable(id));
      kit.note("without a manifest", loadable());
      core.setManifestResponseUrl("https://origin.test/m?token=1");
      kit.note("with it", loadable());
      core.applyDynamicConfig({ mainStream: { isP2PDisabled: true } });
      kit.note("main disabled", loadable());
      core.applyDynamicConfig({ isP2PDisabled: false });
      kit.note("enabled", loadable());
      core.setManifestResponseUrl("?nothing");
      kit.note("an empty address", loadable());
      core.destroy();
      kit.note("destroyed", loadable(), core.hasSegment("a1"), core.getStream("s"));
    },
  },
  {
    name: "what returns nothing",
    run(kit) {
      const core = kit.core();
      kit.note("returned", core.addStreamIfNoneExists(stream), core.updateStream("s", []), core.setManifestResponseUrl("m"));
      kit.note("returned", core.updatePlayback(1, 1), core.setIsLive(true), core.setActiveLevelBitrate(1));
      kit.note("returned", core.abortSegmentLoading("none"), core.applyDynamicConfig({}), core.destroy(), core.destroy());
      kit.note("returned", core.addEventListener("onPeerClose", () => 1), core.removeEventListener("onPeerClose", () => 1));
    },
  },
];
