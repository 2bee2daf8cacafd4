// The page's own segment storage, called as p2p-media-loader-core 2.3.1 calls it:
// the same arguments, in the same order. It is the page's code: whatever it
// throws, rejects, or never answers counts as a segment that is not there.

import type { Config } from "./config.js";
import { debug } from "./debug.js";
import { reportLater } from "./page-code.js";
import type { CommonCoreConfig, SegmentStorage, SegmentWithStream, StreamType } from "./types.js";
import { copyBuffer } from "./validation.js";

/** How long to wait for an answer, in ms; the player or a peer waits for a read. */
const OPEN_LIMIT_MS = 5000;
const READ_LIMIT_MS = 2000;
const STORE_LIMIT_MS = 30_000;

export type StorageFactory = NonNullable<CommonCoreConfig["customSegmentStorageFactory"]>;

/** Where a segment is: the swarm id, the stream swarm id, the external id. */
export type SegmentKey = readonly [swarmId: string, streamSwarmId: string, externalId: number];

/** One storage of the page, from its making to its end. Once it is open no method throws or rejects. */
export class PageStorage {
  private destroyed = false;
  /** What the storage has not answered for yet; it counts as stored. */
  private readonly storing = new Map<string, { key: SegmentKey; bytes: Uint8Array }>();
  /** What the storage has been told, by stream type, as npm's Core keeps it. */
  private readonly playbacks = new Map<StreamType, { position: number; rate: number }>();
  private readonly swarms: Swarms;
  private readonly complained = new Set<string>();
  private changed: (streamSwarmId: string) => void = () => undefined;

  private constructor(
    private readonly storage: SegmentStorage,
    config: Config,
  ) {
    this.swarms = new Swarms(config);
  }

  /**
   * Has the page make its storage.
   *
   * @throws {Error} (as a rejection) when it cannot be made, or is not ready in time.
   */
  static async open(factory: StorageFactory, config: Config, isLive: boolean): Promise<PageStorage> {
    let initialized: Promise<PageStorage> | undefined;
    try {
      const page = new PageStorage(factory(isLive), config);
      initialized = Promise.resolve(page.storage.initialize(...config.live)).then(() => page);
      return await within(OPEN_LIMIT_MS, initialized);
    } catch (error) {
      initialized?.then((late) => late.destroy()).catch(() => undefined);
      throw error;
    }
  }

  /** What hears the stream swarm id of what the storage says has come or gone. */
  onChange(changed: (streamSwarmId: string) => void): void {
    this.changed = changed;
  }

  destroy(): void {
    this.ask("destroy", undefined, (storage) => storage.destroy());
    this.destroyed = true;
    this.storing.clear();
  }

  /** The player asks for a segment. */
  requested([swarmId, streamSwarmId]: SegmentKey, segment: SegmentWithStream, isLive: boolean): void {
    const { externalId, startTime, endTime, stream } = segment;
    const isEmpty = (left: string) => this.ids(swarmId, left).length === 0;
    if (this.swarms.enter(stream.type, streamSwarmId, isEmpty)) this.watch();
    if (!this.playbacks.has(stream.type)) this.playbacks.set(stream.type, { position: startTime, rate: 1 });
    this.ask("onSegmentRequested", undefined, (storage) =>
      storage.onSegmentRequested(swarmId, streamSwarmId, externalId, startTime, endTime, stream.type, isLive),
    );
  }

  /** The player tells where it is; once for each stream type that it plays. */
  played(position: number, rate: number): void {
    for (const known of this.playbacks.values()) {
      if (known.position === position && known.rate === rate) continue;
      known.position = position;
      if (rate !== 0) known.rate = rate;
      this.ask("onPlaybackUpdated", undefined, (storage) => storage.onPlaybackUpdated(position, rate));
    }
  }

  has(...key: SegmentKey): boolean {
    return this.storing.has(name(key)) || this.ask("hasSegment", false, (storage) => Boolean(storage.hasSegment(...key)));
  }

  /** The external ids that are stored for a stream. */
  ids(swarmId: string, streamSwarmId: string): number[] {
    const stored = this.ask<Iterable<number>>("getStoredSegmentIds", [], (storage) => [
      ...storage.getStoredSegmentIds(swarmId, streamSwarmId),
    ]);
    const storing = [...this.storing.values()].filter(({ key }) => key[1] === streamSwarmId).map(({ key }) => key[2]);
    // A peer could not read an announcement of anything else.
    return [...new Set([...stored, ...storing])].filter((id) => Number.isSafeInteger(id) && id >= 0);
  }

  /** The share of the capacity that is free, from 0 to 1. */
  free(): number {
    return this.ask("getUsage", 1, (storage) => {
      const { totalCapacity, usedCapacity } = storage.getUsage();
      const free = 1 - usedCapacity / totalCapacity;
      return Number.isNaN(free) ? 1 : Math.min(1, Math.max(0, free));
    });
  }

  /** A copy of a segment, undefined where there is none. */
  async read(...key: SegmentKey): Promise<Uint8Array | undefined> {
    const inHand = this.storing.get(name(key));
    if (inHand) return inHand.bytes.slice();
    return this.wait("getSegmentData", READ_LIMIT_MS, async (storage) => copyOf(await storage.getSegmentData(...key)));
  }

  /** Stores a copy of a segment. False where the storage does not take it. */
  async store(
    key: SegmentKey,
    bytes: Uint8Array,
    startTime: number,
    endTime: number,
    streamType: StreamType,
    isLive: boolean,
  ): Promise<boolean> {
    this.storing.set(name(key), { key, bytes });
    const stored = await this.wait("storeSegment", STORE_LIMIT_MS, async (storage) => {
      await storage.storeSegment(...key, copyBuffer(bytes), startTime, endTime, streamType, isLive);
      return true;
    });
    this.storing.delete(name(key));
    return stored ?? false;
  }

  private watch(): void {
    this.ask("setSegmentChangeCallback", undefined, (storage) => {
      storage.setSegmentChangeCallback((streamSwarmId) => {
        if (!this.destroyed) this.changed(String(streamSwarmId));
      });
    });
  }

  private ask<T>(method: string, otherwise: T, call: (storage: SegmentStorage) => T): T {
    if (this.destroyed) return otherwise;
    try {
      return call(this.storage);
    } catch (error) {
      this.complain(method, error);
      return otherwise;
    }
  }

  private async wait<T>(
    method: string,
    limit: number,
    call: (storage: SegmentStorage) => Promise<T>,
  ): Promise<T | undefined> {
    if (this.destroyed) return undefined;
    try {
      return await within(limit, call(this.storage));
    } catch (error) {
      this.complain(method, error);
      return undefined;
    }
  }

  /**
   * Some are asked many times a second: the first failure of each method is
   * reported, and none of a storage that was closed under its work.
   */
  private complain(method: string, error: unknown): void {
    if (this.destroyed) return;
    debug("p2pml-core:segment-storage")("%s failed:", method, error);
    if (this.complained.has(method)) return;
    this.complained.add(method);
    reportLater(error);
  }
}

/**
 * The swarms that npm's Core would be in: it has the storage watched anew with each
 * that it joins. One that the player leaves it stays in for a while, unless
 * nothing of it is stored.
 */
class Swarms {
  private readonly current = new Map<StreamType, string>();
  /** Until when it is in those that were left, as `performance.now()` tells it. */
  private readonly left = new Map<string, number>();

  constructor(private readonly config: Config) {}

  /** The player plays that stream. Whether its swarm is joined by that. */
  enter(type: StreamType, streamSwarmId: string, isEmpty: (streamSwarmId: string) => boolean): boolean {
    const former = this.current.get(type);
    if (former === streamSwarmId) return false;
    this.current.set(type, streamSwarmId);
    const now = performance.now();
    if (former !== undefined && !isEmpty(former)) {
      this.left.set(former, now + Number(this.config.stream(type).p2pInactiveLoaderDestroyTimeoutMs));
    }
    const until = this.left.get(streamSwarmId) ?? -Infinity;
    this.left.delete(streamSwarmId);
    return until <= now;
  }
}

function name([, streamSwarmId, externalId]: SegmentKey): string {
  return `${streamSwarmId}|${externalId}`;
}

/** Undefined for what has no bytes: a buffer that was transferred is empty, too. */
function copyOf(data: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(data)) {
    return data.byteLength === 0 ? undefined : new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  }
  const isBuffer = Object.prototype.toString.call(data) === "[object ArrayBuffer]";
  if (!isBuffer || (data as ArrayBuffer).byteLength === 0) return undefined;
  return new Uint8Array(data as ArrayBuffer).slice();
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`The segment storage has not answered for ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
