// A Core that writes down what is asked of it and what it says.

const EVENTS = [
  "onSegmentLoaded", "onSegmentError", "onSegmentAbort", "onSegmentStart", "onPeerConnect", "onPeerClose",
  "onPeerError", "onChunkDownloaded", "onChunkUploaded", "onTrackerError", "onTrackerWarning",
];
const METHODS = [
  "getConfig", "applyDynamicConfig", "addEventListener", "removeEventListener", "setManifestResponseUrl",
  "hasSegment", "getStream", "addStreamIfNoneExists", "updateStream", "loadSegment", "abortSegmentLoading",
  "updatePlayback", "setActiveLevelBitrate", "setIsLive", "isSegmentLoadable", "destroy",
];

/**
 * The class of the core under test, recording.
 *
 * @param note called with { kind: "call" | "event" | "callback", name, args } and
 *   what else there is: `result`, `thrown` or `settled` of a call, `segment` of a callback.
 */
export function recorded(Core, note) {
  class Recorded extends Core {
    constructor(...args) {
      super(...args);
      note({ kind: "call", name: "constructor", args });
      for (const name of EVENTS) super.addEventListener(name, (...args) => note({ kind: "event", name, args }));
    }
  }
  for (const name of METHODS) {
    Recorded.prototype[name] = function (...args) {
      const given = name === "loadSegment" ? [args[0], recordCallbacks(args[0], args[1], note)] : args;
      const call = { kind: "call", name, args };
      note(call); // before what it causes
      try {
        call.result = Core.prototype[name].apply(this, given);
      } catch (error) {
        call.thrown = error;
        throw error;
      }
      if (name === "loadSegment") {
        call.result.then(
          () => note({ kind: "settled", name, args }),
          (error) => note({ kind: "settled", name, args, thrown: error }),
        );
      }
      return call.result;
    };
  }
  return Recorded;
}

function recordCallbacks(segment, callbacks, note) {
  const of = (name) => (argument) => {
    note({ kind: "callback", name, segment, args: [argument] });
    callbacks?.[name]?.(argument);
  };
  return { onSuccess: of("onSuccess"), onError: of("onError") };
}
