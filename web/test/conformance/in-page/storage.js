// A storage of the page, in memory, that writes down how it is called.

/** What the core asks when it has use for it; how often is its own affair. */
const POLLED = ["hasSegment", "getUsage", "getStoredSegmentIds"];

/**
 * @param kit whose log it writes to.
 * @param change methods to have instead of its own.
 * @returns the factory to hand to the core; `looked` of it are the ways in which
 *   hasSegment was called.
 */
export function recordingStorage(kit, change = {}) {
  const looked = new Set();
  const factory = (...args) => {
    kit.note("storage factory", ...args);
    return new Proxy({ ...memory(), ...change }, {
      get: (storage, method) => {
        if (!(method in storage)) return undefined;
        return (...args) => {
          const call = `storage.${method}(${args.map((arg) => kit.describe(arg)).join(", ")})`;
          if (method === "initialize") kit.noteStorageSettings(args);
          else if (!POLLED.includes(method)) kit.note(call);
          else if (method === "hasSegment") looked.add(call);
          return storage[method](...args);
        };
      },
    });
  };
  return Object.assign(factory, { looked });
}

function memory() {
  const segments = new Map();
  const key = (swarmId, streamId, segmentId) => JSON.stringify([swarmId, streamId, segmentId]);
  return {
    initialize: async () => undefined,
    onPlaybackUpdated: () => undefined,
    onSegmentRequested: () => undefined,
    storeSegment: async (swarmId, streamId, segmentId, data) => void segments.set(key(swarmId, streamId, segmentId), data),
    getSegmentData: async (...where) => segments.get(key(...where)),
    getUsage: () => ({ totalCapacity: 100, usedCapacity: segments.size }),
    hasSegment: (...where) => segments.has(key(...where)),
    getStoredSegmentIds: (swarmId, streamId) =>
      [...segments.keys()].map((text) => JSON.parse(text)).filter(([s, t]) => s === swarmId && t === streamId).map(([, , id]) => id),
    setSegmentChangeCallback: () => undefined,
    destroy: () => segments.clear(),
  };
}
