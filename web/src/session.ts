// A Core's life between two calls of `destroy()`: the player's requests, and who
// serves them. That is the module once it runs, and an early download before
// that and after the module's death; the player does not see the difference.
// A closed session hears nothing more, so callbacks that come late are dropped.

import type { Config } from "./config.js";
import { EarlyDownload } from "./early.js";
import { CoreRequestError } from "./errors.js";
import type { Events } from "./events.js";
import { Host } from "./host.js";
import type { ModuleLife } from "./module.js";
import { callPage } from "./page-code.js";
import type { LoaderModule, LoaderSession } from "./port.js";
import { plainSegment } from "./segment.js";
import type {
  EngineCallbacks,
  SegmentWithStream,
  StreamType,
  StreamWithSegments,
} from "./types.js";
import { copyBuffer } from "./validation.js";

/** How many bytes of early segments wait for the module. */
const KEEP_LIMIT = 64 * 1024 * 1024;
// What is urgent, and how long the rest waits, is as in wasm/scheduler.
/** A segment whose turn comes so soon, or within twice its length, is fetched at once. */
const URGENT_S = 4;
/** After so long what is not urgent waits for the module no more. */
const MEETING_MS = 3000;

/** What the engine has told a Core since its last `destroy()`. The Core owns it. */
export interface Known {
  manifestUrl: string | undefined;
  isLive: boolean;
  activeLevelBitrate: number;
  playback: { position: number; rate: number } | undefined;
  readonly streams: Map<string, StreamWithSegments>;
}

/** One segment that the player waits for; at most one of each stream type. */
interface EngineRequest {
  readonly number: number;
  readonly segment: SegmentWithStream;
  readonly callbacks: EngineCallbacks;
  /** Set while JavaScript serves it. */
  early?: EarlyDownload;
}

export class Session {
  private readonly createdAt = performance.now();
  private readonly requests = new Map<StreamType, EngineRequest>();
  private lastNumber = 0;
  private host: Host | undefined;
  private loader: LoaderSession | undefined;
  private kept: { segment: SegmentWithStream; bytes: Uint8Array }[] = [];
  private readonly unwatch: () => void;

  constructor(
    private readonly known: Known,
    private readonly config: Config,
    private readonly events: Events,
    private readonly life: ModuleLife,
  ) {
    this.unwatch = life.watch(() => this.follow());
    this.follow();
  }

  /** Takes a request; the former one of the stream type is aborted. */
  request(segment: SegmentWithStream, callbacks: EngineCallbacks): void {
    const { type } = segment.stream;
    const former = this.requests.get(type);
    const request: EngineRequest = { number: ++this.lastNumber, segment, callbacks };
    this.requests.set(type, request);
    // The engine hears of nothing before its call has returned.
    queueMicrotask(() => {
      if (former) this.abandon(former);
      if (this.isPending(request) && !request.early) this.serve(request);
    });
  }

  /** Aborts the request for a segment, if there is one. */
  abort(segmentRuntimeId: string): void {
    for (const request of [...this.requests.values()]) {
      if (request.segment.runtimeId === segmentRuntimeId) this.abandon(request);
    }
  }

  /** Aborts the request of a stream type: the player loads that stream by itself now. */
  leave(type: StreamType): void {
    const request = this.requests.get(type);
    if (request) this.abandon(request);
  }

  /** Tells the module something; before it runs there is nothing to do, see `join`. */
  tell(message: (loader: LoaderSession) => void): void {
    if (!this.loader) return;
    try {
      message(this.loader);
    } catch (error) {
      this.life.die(error);
    }
  }

  close(): void {
    this.unwatch();
    this.kept = [];
    for (const request of [...this.requests.values()]) this.abandon(request);
    this.tell((loader) => loader.close());
    this.loader = undefined;
    this.host?.close();
  }

  private follow(): void {
    const { state } = this.life;
    if (state.name === "ready" && !this.loader) this.join(state.module);
    if (state.name === "dead") this.fallBack();
  }

  /** Opens a loader in the module and hands over all that is known by now. */
  private join(module: LoaderModule): void {
    const { known } = this;
    this.host = new Host(this.config, this.events, {
      resolve: (number, data, bandwidth) => this.resolved(number, data, bandwidth),
      reject: (number, type) => this.rejected(number, type),
      fault: (error) => this.life.die(error),
    });
    try {
      this.loader = module.open(this.host, this.config.copy()) ?? undefined;
    } catch (error) {
      this.life.die(error);
      return;
    }
    if (!this.loader) return; // HTTP alone for this one
    this.tell((loader) => {
      if (known.manifestUrl !== undefined) loader.setManifestUrl(known.manifestUrl);
      loader.setLive(known.isLive);
      loader.setActiveLevelBitrate(known.activeLevelBitrate);
      for (const stream of known.streams.values()) {
        loader.addStream(stream.runtimeId, stream.type, stream.index);
        loader.updateStream(stream.runtimeId, [...stream.segments.values()].map(plainSegment), []);
      }
      if (known.playback) loader.updatePlayback(known.playback.position, known.playback.rate);
    });
    const { kept } = this;
    this.kept = [];
    for (const { segment, bytes } of kept) this.seed(segment, bytes);
    this.serveWaiting();
  }

  /** The module is gone: what it was fetching is fetched here. */
  private fallBack(): void {
    this.loader = undefined;
    this.kept = [];
    this.host?.close();
    this.serveWaiting();
  }

  /** Serves what nobody is fetching. What is on its way here stays here. */
  private serveWaiting(): void {
    for (const request of [...this.requests.values()]) {
      if (request.early?.isUnderWay) continue;
      request.early?.stop();
      request.early = undefined;
      this.serve(request);
    }
  }

  private serve(request: EngineRequest): void {
    const { segment, number } = request;
    if (this.loader) this.tell((loader) => loader.load(number, segment.runtimeId));
    else this.loadEarly(request);
  }

  private loadEarly(request: EngineRequest): void {
    const { segment } = request;
    const config = () => this.config.stream(segment.stream.type);
    const sinceCreation = performance.now() - this.createdAt;
    const outcome = {
      loaded: (bytes: Uint8Array, bandwidth: number) => {
        this.keep(segment, bytes);
        this.succeed(request, copyBuffer(bytes), bandwidth);
      },
      failed: () => this.fail(request, "failed"),
    };
    const delay = Math.max(
      config().httpDownloadInitialTimeoutMs - sinceCreation,
      Math.min(MEETING_MS - sinceCreation, this.spareMs(segment)),
    );
    request.early = new EarlyDownload(segment, config, this.events, outcome, delay);
  }

  /** How long a segment can wait for the module and the peers it may bring. */
  private spareMs(segment: SegmentWithStream): number {
    if (this.life.state.name !== "loading" || typeof RTCPeerConnection !== "function") return 0;
    const { position, rate } = this.known.playback ?? { position: segment.startTime, rate: 1 };
    const lasts = (segment.endTime - segment.startTime) / rate;
    return ((segment.startTime - position) / rate - Math.max(URGENT_S, 2 * lasts)) * 1000;
  }

  private keep(segment: SegmentWithStream, bytes: Uint8Array): void {
    if (this.loader) return this.seed(segment, bytes);
    if (this.life.state.name === "dead") return;
    this.kept.push({ segment, bytes });
    let size = this.kept.reduce((sum, held) => sum + held.bytes.byteLength, 0);
    while (size > KEEP_LIMIT) size -= this.kept.shift()?.bytes.byteLength ?? size;
  }

  private seed(segment: SegmentWithStream, bytes: Uint8Array): void {
    // On live it may have left the playlist since.
    if (!segment.stream.segments.has(segment.runtimeId)) return;
    this.tell((loader) => loader.seed(segment.runtimeId, bytes));
  }

  private resolved(number: number, data: ArrayBuffer, bandwidth: number): void {
    const request = this.find(number);
    if (!request) return;
    if (data.byteLength === 0) this.loadEarly(request);
    else this.succeed(request, data, bandwidth);
  }

  private rejected(number: number, type: "failed" | "aborted"): void {
    const request = this.find(number);
    if (request) this.fail(request, type);
  }

  private succeed(request: EngineRequest, data: ArrayBuffer, bandwidth: number): void {
    if (!this.settle(request)) return;
    const response = { data, bandwidth: Math.max(1, bandwidth || 1) };
    callPage(() => request.callbacks.onSuccess(response));
  }

  private fail(request: EngineRequest, type: "failed" | "aborted"): void {
    if (this.settle(request)) this.callOnError(request, type);
  }

  /** Ends a request from our side. It may have left the table for the next one. */
  private abandon(request: EngineRequest): void {
    this.settle(request);
    if (request.early) request.early.stop();
    else this.tell((loader) => loader.abort(request.segment.runtimeId));
    this.callOnError(request, "aborted");
  }

  private callOnError({ callbacks }: EngineRequest, type: "failed" | "aborted"): void {
    callPage(() => callbacks.onError(new CoreRequestError(type)));
  }

  /** Takes a request off the table. False when it has been answered or replaced. */
  private settle(request: EngineRequest): boolean {
    return this.isPending(request) && this.requests.delete(request.segment.stream.type);
  }

  private isPending(request: EngineRequest): boolean {
    return this.requests.get(request.segment.stream.type) === request;
  }

  private find(number: number): EngineRequest | undefined {
    return [...this.requests.values()].find((request) => request.number === number);
  }
}
