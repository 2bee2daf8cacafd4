// Storages that a page could bring: `customSegmentStorageFactory: indexedDb`. What
// they were asked is counted in `window.asked`, what they refused in `window.refused`.

window.asked = {};
window.refused = 0;

const request = (of) => new Promise((resolve, reject) => {
  of.onsuccess = () => resolve(of.result);
  of.onerror = () => reject(of.error);
});

/** Keeps bytes in the browser's database and what there is in memory. */
export function indexedDb() {
  const kept = new Map();
  let database, changed;
  const segments = (mode) => database.transaction("segments", mode).objectStore("segments");
  const name = (streamId, id) => `${streamId}|${id}`;
  return counted({
    async initialize() {
      const opening = indexedDB.open("segments");
      opening.onupgradeneeded = () => opening.result.createObjectStore("segments");
      database = await request(opening);
      await request(segments("readwrite").clear());
    },
    onPlaybackUpdated: () => undefined,
    onSegmentRequested: () => undefined,
    async storeSegment(_, streamId, id, data) {
      await request(segments("readwrite").put(data, name(streamId, id)));
      kept.set(name(streamId, id), { streamId, id });
      changed(streamId);
    },
    getSegmentData: async (_, streamId, id) => request(segments("readonly").get(name(streamId, id))),
    getUsage: () => ({ totalCapacity: 1000, usedCapacity: kept.size }),
    hasSegment: (_, streamId, id) => kept.has(name(streamId, id)),
    getStoredSegmentIds: (_, streamId) => [...kept.values()].filter((one) => one.streamId === streamId).map(({ id }) => id),
    setSegmentChangeCallback: (callback) => (changed = callback),
    destroy: () => database.close(),
  });
}

/** The same, but that each method fails every third time or so, in its own way. */
export function unreliable() {
  const storage = indexedDb();
  const refuse = () => { window.refused++; return new Error("The storage is out of order"); };
  const failures = [
    () => { throw refuse(); },
    () => Promise.reject(refuse()),
    () => { refuse(); return undefined; },
    () => { refuse(); return new Promise(() => undefined); },
  ];
  for (const [method, run] of Object.entries(storage)) {
    if (method === "initialize") continue; // else it would be done without
    storage[method] = (...args) => {
      if (Math.random() < 2 / 3) return run(...args);
      return failures[Math.floor(Math.random() * failures.length)]();
    };
  }
  return storage;
}

function counted(storage) {
  return Object.fromEntries(
    Object.entries(storage).map(([method, run]) => [method, (...args) => {
      window.asked[method] = (window.asked[method] ?? 0) + 1;
      return run(...args);
    }]),
  );
}
