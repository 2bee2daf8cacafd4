// What serves the player without the module: before that runs, and after it died.
// Segments come from the page's storage, from what was loaded here before, or from
// the origin; what was served here the module is told when it runs.

import type { Config } from "./config.js";
import { EarlyDownload } from "./early.js";
import type { Events } from "./events.js";
import type { Known } from "./known.js";
import { Origins } from "./origins.js";
import { Pace } from "./pace.js";
import { relisted } from "./segment.js";
import type { PageStorage } from "./storage.js";
import type { SwarmNames } from "./swarm-names.js";
import type { SegmentWithStream, StreamType } from "./types.js";
import { copyBuffer } from "./validation.js";

/** How many bytes of early segments wait for the module. */
const KEEP_LIMIT = 64 * 1024 * 1024;
/** After so long what is not urgent waits for the module no more; as in wasm/scheduler. */
const MEETING_MS = 3000;

/** What the player is told of its line when nothing was measured, in bits per second; as in wasm/loader. */
const UNMEASURED_BPS = 1e6;

/** One segment on its way to the player. */
export interface Serving {
  /** False while nobody has been asked for it yet. */
  readonly isUnderWay: boolean;
  /** Only now anything happens: listeners that it calls may want to stop it. */
  begin(): void;
  /** Ends it; the outcome hears nothing after that. */
  stop(): void;
}

/** Nobody may be asked for now. */
const WAITING: Serving = { isUnderWay: false, begin: () => undefined, stop: () => undefined };

/** How it ends, unless it is stopped: with one of the first three, once, or passed on. */
export interface Outcome {
  /** `data` belongs to the player; `bandwidth` is in bits per second, never 0. */
  loaded(data: ArrayBuffer, bandwidth: number): void;
  failed(): void;
  /** The page's storage has not got it, although it said so. */
  missing(): void;
  /** The origin is slow to answer. */
  silent(): void;
  /** The origin failed, and nothing is held: true when somebody else goes on with it. */
  passOn(): boolean;
}

/** The module, once it runs. */
export interface Heir {
  /** How long the origin takes for segments of what plays of a type, in seconds for each that they play. */
  learn(type: StreamType, took: number): void;
  /** The player was given a segment here; without bytes where the page's storage has them. */
  take(segment: SegmentWithStream, bytes: Uint8Array | undefined): void;
  /** The page's storage has taken a segment of the stream, or has not after all. */
  storageChanged(streamSwarmId: string): void;
}

export class EarlyLoader {
  /** What was served before there was an heir. */
  private kept: { segment: SegmentWithStream; bytes: Uint8Array | undefined }[] = [];
  private readonly origins = new Origins();
  private readonly paces = { main: new Pace(), secondary: new Pace() };
  private heir: Heir | undefined;
  /** There is none, and none will come. */
  private isHeirless = false;

  /**
   * @param storage the page's, if it brings one that works.
   * @param since when the session began, in ms, as `performance.now()` tells it.
   */
  constructor(
    private readonly known: Known,
    private readonly config: Config,
    private readonly events: Events,
    private readonly names: SwarmNames,
    private readonly storage: PageStorage | undefined,
    private readonly since: number,
  ) {}

  /** Serves a segment from wherever it is. */
  serve(segment: SegmentWithStream, outcome: Outcome): Serving {
    if (this.storage?.has(...this.names.key(segment))) return this.read(this.storage, segment, outcome);
    const bytes = this.kept.find((held) => relisted(held.segment) === segment)?.bytes;
    return bytes ? this.give(bytes, outcome) : this.download(segment, outcome);
  }

  /**
   * Loads a segment from the origin. Where the page wants nothing of that, peers
   * may have it, once there is an heir; without one the player's own loader would
   * ask the origin too.
   */
  download(segment: SegmentWithStream, { loaded, ...rest }: Outcome): Serving {
    const config = () => this.config.stream(segment.stream.type);
    if (Number(config().simultaneousHttpDownloads) <= 0 && !this.isHeirless) return WAITING;
    const age = performance.now() - this.since;
    const delay = Math.max(
      config().httpDownloadInitialTimeoutMs - age,
      Math.min(MEETING_MS - age, this.spareMs(segment)),
    );
    const outcome = {
      loaded: (bytes: Uint8Array, bandwidth: number, ms: number) => {
        const { startTime, endTime, stream } = segment;
        this.paces[stream.type].took(ms, endTime - startTime, bytes.byteLength);
        loaded(copyBuffer(bytes), bandwidth);
        this.keep(segment, bytes);
        this.teach(stream.type);
      },
      ...rest,
    };
    return new EarlyDownload(segment, config, this.events, this.origins, outcome, delay);
  }

  /** Hands over what was served here so far, and what will be. */
  handTo(heir: Heir): void {
    const { kept } = this;
    this.kept = [];
    this.heir = heir;
    for (const { segment, bytes } of kept) heir.take(segment, bytes);
    this.teach("main");
    this.teach("secondary");
  }

  /** There is no heir any more, nor will there be: nothing waits for one, and nothing is kept. */
  goOnAlone(): void {
    this.kept = [];
    this.heir = undefined;
    this.isHeirless = true;
  }

  private read(storage: PageStorage, segment: SegmentWithStream, outcome: Outcome): Serving {
    let stopped = false;
    const begin = async () => {
      const bytes = await storage.read(...this.names.key(segment));
      if (stopped) return;
      if (!bytes) return outcome.missing();
      this.handOver(segment, undefined);
      outcome.loaded(copyBuffer(bytes), this.unmeasured);
    };
    return { isUnderWay: true, begin: () => void begin(), stop: () => (stopped = true) };
  }

  private give(bytes: Uint8Array, outcome: Outcome): Serving {
    const begin = () => outcome.loaded(copyBuffer(bytes), this.unmeasured);
    return { isUnderWay: true, begin, stop: () => undefined };
  }

  /** How long a segment can wait for the module and the peers it may bring. */
  private spareMs(segment: SegmentWithStream): number {
    if (!this.mayBringPeers(segment)) return 0;
    const { position, rate } = this.known.playback ?? { position: segment.startTime, rate: 1 };
    const { startTime, endTime, stream } = segment;
    const urgency = this.paceOf(stream.type).urgency(endTime - startTime, rate, this.bitrateOf(stream.type));
    return ((startTime - position) / rate - urgency) * 1000;
  }

  /** Whether the module is still to come, and can bring peers for the stream. */
  private mayBringPeers({ stream }: SegmentWithStream): boolean {
    if (this.heir || this.isHeirless || typeof RTCPeerConnection !== "function") return false;
    const { isP2PDisabled, announceTrackers } = this.config.stream(stream.type);
    return !isP2PDisabled && announceTrackers?.length > 0;
  }

  /** What was measured counts for nothing once something has failed. */
  private paceOf(type: StreamType): Pace {
    return this.origins.haveFailed ? new Pace() : this.paces[type];
  }

  /** In bits per second, 0 where it is not known. */
  private bitrateOf(type: StreamType): number {
    return type === "main" ? this.known.activeLevelBitrate : 0;
  }

  /** Tells the heir what was measured of the origin. */
  private teach(type: StreamType): void {
    const took = this.paceOf(type).of(this.bitrateOf(type));
    if (took !== undefined) this.heir?.learn(type, took);
  }

  /** The bandwidth to tell where nothing was downloaded, in bits per second. */
  private get unmeasured(): number {
    return Math.max(this.known.activeLevelBitrate, UNMEASURED_BPS);
  }

  /** Stores a segment that was fetched here; the heir does so itself. */
  private keep(segment: SegmentWithStream, bytes: Uint8Array): void {
    if (this.heir || !this.storage) return this.handOver(segment, bytes);
    void this.store(this.storage, segment, bytes);
    this.handOver(segment, undefined);
  }

  private async store(storage: PageStorage, segment: SegmentWithStream, bytes: Uint8Array): Promise<void> {
    const { startTime, endTime, stream } = segment;
    const key = this.names.key(segment);
    await storage.store(key, bytes, startTime, endTime, stream.type, this.known.isLive);
    this.heir?.storageChanged(key[1]); // it may have come in the meantime
  }

  private handOver(segment: SegmentWithStream, bytes: Uint8Array | undefined): void {
    if (this.heir) return this.heir.take(segment, bytes);
    if (this.isHeirless) return;
    // Of what the page's storage has the last one tells what plays.
    if (!bytes) this.kept = this.kept.filter((held) => held.segment.stream.type !== segment.stream.type);
    this.kept.push({ segment, bytes });
    const sizeOf = (held: { bytes: Uint8Array | undefined } | undefined) => held?.bytes?.byteLength ?? 0;
    let size = this.kept.reduce((sum, held) => sum + sizeOf(held), 0);
    while (size > KEEP_LIMIT) size -= sizeOf(this.kept.shift());
  }
}
