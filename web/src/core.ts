import { Config, DEFAULT_COMMON_CORE_CONFIG, DEFAULT_STREAM_CONFIG } from "./config.js";
import { Events } from "./events.js";
import type { Known } from "./known.js";
import { pageModule } from "./module.js";
import { plainSegment } from "./segment.js";
import { Session } from "./session.js";
import { Trace } from "./trace.js";
import type {
  CoreConfig,
  CoreEventMap,
  DefinedCoreConfig,
  DynamicCoreConfig,
  EngineCallbacks,
  Segment,
  SegmentWithStream,
  Stream,
  StreamType,
  StreamWithSegments,
} from "./types.js";

/** Players tell their position at least as often, in seconds. */
const FIRST_STEP_S = 0.5;

const nothingKnown = {
  manifestUrl: undefined,
  isLive: false,
  activeLevelBitrate: 0,
  playback: undefined,
};

/**
 * What an engine loads segments with: the Core of p2p-media-loader-core 2.3.1.
 * Everything here answers at once; the session finds out who does the loading.
 */
export class Core<TStream extends Stream = Stream> {
  static readonly DEFAULT_COMMON_CORE_CONFIG = DEFAULT_COMMON_CORE_CONFIG;
  static readonly DEFAULT_STREAM_CONFIG = DEFAULT_STREAM_CONFIG;

  private readonly config: Config;
  private readonly events = new Events();
  private readonly streams = new Map<string, StreamWithSegments<TStream>>();
  private readonly known: Known = { ...nothingKnown, streams: this.streams };
  private readonly trace = new Trace(this.events, (id) => this.findSegment(id)?.stream.type);
  private session: Session | undefined;
  /** The position that the engine told last, in seconds. */
  private lastTold: number | undefined;

  /** @param config what differs from the defaults. */
  constructor(config?: Partial<CoreConfig>) {
    this.config = new Config(config ?? {});
  }

  /** A copy of the configuration in force. */
  getConfig(): DefinedCoreConfig {
    return this.config.copy();
  }

  /**
   * Changes settings while playing; undefined gives a setting its default back.
   * Disabling P2P of a stream type aborts what the player waits for there.
   *
   * @throws {Error} for the keys `__proto__`, `constructor` and `prototype`.
   */
  applyDynamicConfig(dynamicConfig: DynamicCoreConfig): void {
    const types: StreamType[] = ["main", "secondary"];
    const enabled = types.filter((type) => !this.config.stream(type).isP2PDisabled);
    this.config.apply(dynamicConfig);
    this.wantModule();
    this.session?.configure();
    for (const type of enabled) {
      if (this.config.stream(type).isP2PDisabled) this.session?.leave(type);
    }
  }

  /** Registers a listener; it stays through `destroy()`. */
  addEventListener<K extends keyof CoreEventMap>(eventName: K, listener: CoreEventMap[K]): void {
    this.events.add(eventName, listener);
  }

  removeEventListener<K extends keyof CoreEventMap>(eventName: K, listener: CoreEventMap[K]): void {
    this.events.remove(eventName, listener);
  }

  /** The manifest's address, after redirections; its query is cut off. */
  setManifestResponseUrl(url: string): void {
    const manifestUrl = url.split("?")[0]!;
    this.known.manifestUrl = manifestUrl;
    this.wantModule();
    this.session?.tell((loader) => loader.setManifestUrl(manifestUrl));
  }

  /** Whether a segment of that runtime id has been registered. */
  hasSegment(segmentRuntimeId: string): boolean {
    return this.findSegment(segmentRuntimeId) !== undefined;
  }

  /** The stream as it was registered, with its segments: the same object each time. */
  getStream(streamRuntimeId: string): StreamWithSegments<TStream> | undefined {
    return this.streams.get(streamRuntimeId);
  }

  addStreamIfNoneExists(stream: TStream): void {
    const { runtimeId, type, index } = stream;
    if (this.streams.has(runtimeId)) return;
    this.streams.set(runtimeId, { ...stream, segments: new Map() });
    this.session?.tell((loader) => loader.addStream(runtimeId, type, index));
  }

  /** Adds segments to a stream, then removes some; unknown streams are left alone. */
  updateStream(
    streamRuntimeId: string,
    addSegments?: Iterable<Segment>,
    removeSegmentIds?: Iterable<string>,
  ): void {
    const stream = this.streams.get(streamRuntimeId);
    if (!stream) return;
    const added: Segment[] = [];
    const removed = [...(removeSegmentIds ?? [])];
    for (const segment of addSegments ?? []) {
      if (stream.segments.has(segment.runtimeId)) continue;
      stream.segments.set(segment.runtimeId, { ...segment, stream });
      added.push(segment);
    }
    for (const runtimeId of removed) stream.segments.delete(runtimeId);
    this.session?.tell((loader) => {
      loader.updateStream(streamRuntimeId, added.map(plainSegment), removed);
    });
  }

  /**
   * Loads a segment for the player; a request of the same stream type that is
   * still open is aborted. One of the callbacks is called, once, and never
   * before this returns.
   *
   * @throws {Error} (as a rejection) without a manifest's address, for a segment
   * that is not registered, and for a customSegmentStorageFactory that is no
   * function.
   */
  async loadSegment(segmentRuntimeId: string, callbacks: EngineCallbacks): Promise<void> {
    const segment = this.identifySegment(segmentRuntimeId);
    this.trace.requests(segment);
    this.known.playback ??= { position: segment.startTime, rate: 1 };
    this.session ??= new Session(this.known, this.config, this.events, pageModule, this.config.storageFactory);
    const { session } = this;
    session.request(segment, callbacks);
    if (session.opening) await session.opening;
  }

  /** Aborts a request; its `onError` is called before this returns. */
  abortSegmentLoading(segmentRuntimeId: string): void {
    const segment = this.findSegment(segmentRuntimeId);
    if (segment) this.trace.aborts(segment);
    this.session?.abort(segmentRuntimeId);
  }

  /**
   * Where the player is, in seconds, and how fast it plays. Before the first
   * request that says nothing: the player may not have found its place yet.
   */
  updatePlayback(position: number, rate: number): void {
    if (!this.session) return;
    const playback = { position, rate: rate || this.known.playback?.rate || 1 };
    if (this.isMoving(position)) void pageModule.start();
    this.lastTold = position;
    this.known.playback = playback;
    this.session.played(position, rate);
    this.session.tell((loader) => loader.updatePlayback(playback.position, playback.rate));
  }

  /** The bitrate of the rendition that plays, in bits per second. */
  setActiveLevelBitrate(bitrate: number): void {
    if (bitrate === this.known.activeLevelBitrate) return;
    this.known.activeLevelBitrate = bitrate;
    this.session?.tell((loader) => loader.setActiveLevelBitrate(bitrate));
  }

  setIsLive(isLive: boolean): void {
    if (isLive === this.known.isLive) return;
    this.known.isLive = isLive;
    this.session?.tell((loader) => loader.setLive(isLive));
  }

  /**
   * Whether to load the segment here. False for what is not registered, for
   * streams with P2P disabled, and when the module can never run or has died:
   * the player's own loader does as well then.
   */
  isSegmentLoadable(segmentRuntimeId: string): boolean {
    if (!this.known.manifestUrl || pageModule.state.name === "dead") return false;
    const segment = this.findSegment(segmentRuntimeId);
    return segment !== undefined && !this.config.stream(segment.stream.type).isP2PDisabled;
  }

  /** Ends everything but listeners and configuration; the Core can be used again. */
  destroy(): void {
    const { session } = this;
    this.session = undefined;
    this.lastTold = undefined;
    this.trace.forget();
    this.streams.clear();
    Object.assign(this.known, nothingKnown);
    session?.close();
    pageModule.tell((module) => module.forgetPeerIds());
  }

  /** A page may make a Core that loads nothing: the module comes once there is a manifest. */
  private wantModule(): void {
    if (this.known.manifestUrl === undefined) return;
    const isWanted = (type: StreamType) => !this.config.stream(type).isP2PDisabled;
    if (isWanted("main") || isWanted("secondary")) pageModule.want(this.config.loaderWasmUrl);
  }

  /**
   * Whether the playhead has moved by itself. The first word comes before the first
   * frame, from the seek to where the player starts; at the beginning there is none.
   */
  private isMoving(position: number): boolean {
    if (this.lastTold !== undefined) return position > this.lastTold;
    return position > 0 && position < FIRST_STEP_S;
  }

  private identifySegment(segmentRuntimeId: string): SegmentWithStream<TStream> {
    if (!this.known.manifestUrl) throw new Error("Manifest response url is not defined");
    const segment = this.findSegment(segmentRuntimeId);
    if (!segment) throw new Error(`Not found segment with id: ${segmentRuntimeId}`);
    return segment;
  }

  private findSegment(segmentRuntimeId: string): SegmentWithStream<TStream> | undefined {
    for (const stream of this.streams.values()) {
      const segment = stream.segments.get(segmentRuntimeId);
      if (segment) return segment;
    }
    return undefined;
  }
}
