// What happens below the player, as public events tell it: those of the engine,
// and hls.js's own for what it loads by itself.

import { Events, type Fragment, type LoaderStats } from "hls.js";
import { RequestError } from "../../src/errors.js";
import type { ByteRange, CoreEventMap, Segment, StreamType } from "../../src/types.js";
import type { Player } from "../player/player.js";

/** `at` is when it happened, by performance.now(). */
type Listener<K extends keyof CoreEventMap> = (at: number, ...args: Parameters<CoreEventMap[K]>) => void;

/** What a segment is in the playlist. */
export interface Place {
  readonly type: StreamType;
  /** Its media sequence number; undefined for what begins a stream and is shown at no time of its own. */
  readonly number: number | undefined;
}

/** The events of a Core, also where there is none: hls.js's own downloads count as from the origin. */
export class Source {
  private readonly own = new Map<keyof CoreEventMap, Set<Listener<never>>>();
  /** What hls.js loads by itself: one at a time of each type. */
  private readonly underWay = new Map<StreamType, Fragment>();
  /** The downloads of what begins a stream that have been told of, by hls.js's record of each. */
  private readonly told = new WeakSet<LoaderStats>();

  constructor(private readonly player: Player) {
    const { hls, engine } = player;
    hls.on(Events.FRAG_LOADED, (_, { frag, networkDetails }) => {
      if (frag.initSegment) this.tellOnce(frag.initSegment);
      if (!networkDetails) return; // what the engine loaded
      if (engine || !isMedia(frag)) this.tellWhole(frag);
      else this.tellLoaded(frag);
    });
    if (engine) return;
    hls.on(Events.FRAG_LOADING, (_, { frag }) => {
      if (!isMedia(frag)) return;
      this.tellAbort(typeOf(frag)); // hls.js says nothing where it turns to another
      this.tellStart(performance.now(), frag);
    });
    hls.on(Events.FRAG_LOAD_EMERGENCY_ABORTED, (_, { frag }) => {
      if (isMedia(frag)) this.tellAbort(typeOf(frag));
    });
    hls.on(Events.ERROR, (_, { frag, details, error }) => {
      if (frag && this.underWay.get(typeOf(frag)) === frag) this.tellError(frag, `${details}: ${error.message}`);
    });
  }

  on<K extends keyof CoreEventMap>(event: K, listener: Listener<K>): void {
    const listeners = this.own.get(event) ?? new Set();
    this.own.set(event, listeners.add(listener));
    const timed = (...args: Parameters<CoreEventMap[K]>) => listener(performance.now(), ...args);
    this.player.engine?.addEventListener(event, timed as unknown as CoreEventMap[K]);
  }

  /** The player begins anew with a stream: what was under way is not told of any more. */
  onRestart(listener: (at: number) => void): void {
    this.player.hls.on(Events.MANIFEST_LOADING, () => listener(performance.now()));
  }

  /** Finds a segment that an event names in the playlists that hls.js has. */
  placeOf({ runtimeId, externalId }: Segment): Place {
    for (const { details } of [...this.player.hls.levels, ...this.player.hls.audioTracks]) {
      const fragments = details?.fragments ?? [];
      const frag = fragments.findLast((frag) => runtimeIdOf(frag) === runtimeId);
      if (frag) return { type: typeOf(frag), number: Number(frag.sn) };
      const begun = fragments.find(({ initSegment }) => initSegment && runtimeIdOf(initSegment) === runtimeId);
      if (begun) return { type: typeOf(begun), number: undefined };
    }
    return { type: "main", number: Number.isNaN(externalId) ? undefined : externalId };
  }

  private tellStart(at: number, frag: Fragment): void {
    this.underWay.set(typeOf(frag), frag);
    this.tell("onSegmentStart", at, { segment: segmentOf(frag), downloadSource: "http", peerId: undefined });
  }

  private tellLoaded(frag: Fragment): void {
    this.tellBytes(frag);
    this.tell("onSegmentLoaded", performance.now(), { segmentUrl: frag.url, bytesLength: frag.stats.loaded, ...fromOrigin(frag) });
  }

  /** hls.js does not say when what begins a stream is here: by the first segment that needs it, it is. */
  private tellOnce(init: Fragment): void {
    const { stats } = init;
    if (stats.loading.end === 0 || this.told.has(stats)) return;
    this.told.add(stats);
    this.tellWhole(init);
  }

  /** Tells of a download that is over. */
  private tellWhole(frag: Fragment): void {
    const { loading: { start, end }, loaded } = frag.stats;
    if (frag.type === "subtitle") return this.tell("onChunkDownloaded", end, loaded, "http");
    this.tell("onSegmentStart", start, { segment: segmentOf(frag), downloadSource: "http", peerId: undefined });
    this.tell("onChunkDownloaded", end, loaded, "http");
    this.tell("onSegmentLoaded", end, { segmentUrl: frag.url, bytesLength: loaded, ...fromOrigin(frag) });
  }

  private tellError(frag: Fragment, message: string): void {
    this.tellBytes(frag);
    const error = new RequestError("http-error", message);
    this.tell("onSegmentError", performance.now(), { segment: segmentOf(frag), error, ...fromOrigin(frag) });
  }

  private tellAbort(type: StreamType): void {
    const frag = this.underWay.get(type);
    if (!frag) return;
    this.tellBytes(frag);
    this.tell("onSegmentAbort", performance.now(), { segment: segmentOf(frag), ...fromOrigin(frag) });
  }

  /** A download of hls.js's own has ended, and brought so many bytes. */
  private tellBytes(frag: Fragment): void {
    this.underWay.delete(typeOf(frag));
    if (frag.stats.loaded > 0) this.tell("onChunkDownloaded", performance.now(), frag.stats.loaded, "http");
  }

  private tell<K extends keyof CoreEventMap>(event: K, at: number, ...args: Parameters<CoreEventMap[K]>): void {
    for (const listener of this.own.get(event) ?? []) (listener as Listener<K>)(at, ...args);
  }
}

function fromOrigin(frag: Fragment) {
  return { downloadSource: "http", peerId: undefined, streamType: typeOf(frag) } as const;
}

/** Subtitles, and what begins a stream, are loaded beside the segments. */
function isMedia({ type, sn }: Fragment): boolean {
  return type !== "subtitle" && sn !== "initSegment";
}

function typeOf(frag: Fragment): StreamType {
  return frag.type === "audio" ? "secondary" : "main";
}

function segmentOf(frag: Fragment): Segment {
  const { url, sn, start, duration } = frag;
  return {
    runtimeId: runtimeIdOf(frag), externalId: Number(sn), url, byteRange: rangeOf(frag), startTime: start, endTime: start + duration,
  };
}

/** What the engine calls it. */
export function runtimeIdOf(frag: Fragment): string {
  const range = rangeOf(frag);
  return range ? `${frag.url}|${range.start}-${range.end}` : frag.url;
}

/** hls.js's ranges end before their last number, the engine's with it. */
function rangeOf({ byteRange: [start, end] }: Fragment): ByteRange | undefined {
  return start === undefined || end === undefined ? undefined : { start, end: end - 1 };
}
