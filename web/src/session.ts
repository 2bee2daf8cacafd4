// A Core's life between two calls of `destroy()`: the player's requests, and who
// serves them. That is the module once it runs, and the early loader before that
// and after the module's death; the player does not see the difference.
// A closed session hears nothing more, so callbacks that come late are dropped.

import type { Config } from "./config.js";
import { EarlyLoader, type Outcome, type Serving } from "./early-loader.js";
import { CoreRequestError } from "./errors.js";
import type { Events } from "./events.js";
import { Host } from "./host.js";
import type { Known } from "./known.js";
import { onThisLink, watchLink } from "./metered.js";
import type { ModuleLife } from "./module.js";
import { callPage, reportLater } from "./page-code.js";
import type { LoaderModule, LoaderSession, LoaderSettings } from "./port.js";
import { plainSegment, relisted } from "./segment.js";
import { PageStorage, type StorageFactory } from "./storage.js";
import { SwarmNames } from "./swarm-names.js";
import type { EngineCallbacks, SegmentWithStream, StreamType } from "./types.js";

/** One segment that the player waits for; at most one of each stream type. */
interface EngineRequest {
  readonly number: number;
  readonly segment: SegmentWithStream;
  /** Of who asked last. */
  callbacks: EngineCallbacks;
  /** Somebody has been asked to serve it. */
  begun?: boolean;
  /** Set while JavaScript serves it. */
  early?: Serving | undefined;
  /** Set while the module does: both do where the origin is slow to answer. */
  isInModule?: boolean;
}

export class Session {
  private readonly createdAt = performance.now();
  private readonly requests = new Map<StreamType, EngineRequest>();
  private lastNumber = 0;
  private host: Host | undefined;
  private loader: LoaderSession | undefined;
  private readonly names: SwarmNames;
  private readonly unwatch: () => void;
  private readonly unwatchLink: () => void;
  /** The page's, if it brings one that works. */
  private storage: PageStorage | undefined;
  /** Unset until the page's storage is ready: nobody serves anything before. */
  private early: EarlyLoader | undefined;
  private isClosed = false;
  /** Settles when the page's storage is ready, or known to be none; undefined where the page brings none. */
  readonly opening: Promise<void> | undefined;

  constructor(
    private readonly known: Known,
    private readonly config: Config,
    private readonly events: Events,
    private readonly life: ModuleLife,
    storageFactory: StorageFactory | undefined,
  ) {
    this.names = new SwarmNames(config, known.manifestUrl ?? "");
    this.unwatchLink = watchLink(() => this.configure());
    this.unwatch = life.watch(() => {
      this.follow();
      if (life.state.name === "dead") this.tellEnd(life.state.message);
    });
    if (storageFactory) this.opening = this.openStorage(storageFactory);
    else this.open();
  }

  /**
   * Takes a request; the former one of the stream type is aborted. If that was for
   * the same segment, its download goes on for who asks now.
   */
  request(segment: SegmentWithStream, callbacks: EngineCallbacks): void {
    const { type } = segment.stream;
    const former = this.requests.get(type);
    if (former?.segment === segment) {
      const { callbacks: abandoned } = former;
      former.callbacks = callbacks;
      if (former.begun) this.storage?.requested(this.names.key(segment), segment, this.known.isLive);
      queueMicrotask(() => tellAborted(abandoned));
      return;
    }
    const request: EngineRequest = { number: ++this.lastNumber, segment, callbacks };
    this.requests.set(type, request);
    // The engine hears of nothing before its call has returned.
    queueMicrotask(() => {
      if (former) this.abandon(former);
      this.begin(request);
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

  /** Where the player is, in seconds, and how fast it plays. */
  played(position: number, rate: number): void {
    this.storage?.played(position, rate);
    if (!this.loader) this.serveWaiting(); // what was far off may be urgent now
  }

  /** The settings have changed. */
  configure(): void {
    this.tell((loader) => loader.configure(this.settings()));
    if (!this.loader) this.serveWaiting(); // the origin may be asked sooner, or at all
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
    this.isClosed = true;
    this.unwatch();
    this.unwatchLink();
    this.early?.goOnAlone();
    for (const request of [...this.requests.values()]) this.abandon(request);
    this.tell((loader) => loader.close());
    this.loader = undefined;
    this.host?.close();
    this.storage?.destroy();
  }

  private settings(): LoaderSettings {
    return onThisLink(this.names.settings(this.config));
  }

  private async openStorage(factory: StorageFactory): Promise<void> {
    const storage = await PageStorage.open(factory, this.config, this.known.isLive).catch((error: unknown) => {
      if (!this.isClosed) reportLater(error);
      return undefined;
    });
    if (this.isClosed) return storage?.destroy();
    this.storage = storage;
    storage?.onChange((streamSwarmId) => this.tell((loader) => loader.storageChanged(streamSwarmId)));
    this.open();
  }

  private open(): void {
    const { known, config, events, names, storage, createdAt } = this;
    this.early = new EarlyLoader(known, config, events, names, storage, createdAt);
    this.follow();
    for (const request of [...this.requests.values()]) this.begin(request);
  }

  /** Has a request served, once it is known where segments are stored. */
  private begin(request: EngineRequest): void {
    if (!this.early || request.begun || !this.isPending(request)) return;
    request.begun = true;
    this.storage?.requested(this.names.key(request.segment), request.segment, this.known.isLive);
    if (this.isPending(request)) this.serve(request);
  }

  private follow(): void {
    if (!this.early) return;
    const { state } = this.life;
    if (state.name === "ready" && !this.loader) this.join(state.module);
    if (state.name === "dead") this.fallBack();
  }

  /** Opens a loader in the module and hands over all that is known by now. */
  private join(module: LoaderModule): void {
    const { known } = this;
    const answers = {
      resolve: (number: number, data: ArrayBuffer, bandwidth: number) => this.resolved(number, data, bandwidth),
      reject: (number: number, type: "failed" | "aborted") => this.rejected(number, type),
      unanswered: (type: StreamType, server: string, reason: string) => {
        this.tell((loader) => loader.unanswered(type, server, reason));
      },
      answered: (server: string) => this.tell((loader) => loader.answered(server)),
      fault: (error: unknown) => this.life.die(error),
    };
    this.host = new Host(this.config, this.events, answers, this.storage);
    try {
      this.loader = module.open(this.host, this.settings()) ?? undefined;
    } catch (error) {
      this.life.die(error);
      return;
    }
    if (!this.loader) return this.fallBack(); // HTTP alone for this one
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
    this.early?.handTo({
      learn: (type, took) => this.tell((loader) => loader.learn(type, took)),
      take: (segment, bytes) => this.seed(segment, bytes),
      storageChanged: (streamSwarmId) => this.tell((loader) => loader.storageChanged(streamSwarmId)),
    });
    this.serveWaiting();
  }

  /** The module is gone, or does not serve us: what waits for it is fetched here. */
  private fallBack(): void {
    this.loader = undefined;
    this.early?.goOnAlone();
    this.host?.close();
    for (const request of this.requests.values()) request.isInModule = false;
    this.serveWaiting();
  }

  /** The listeners hear once that there will be no peers any more: nothing else says it to them. */
  private tellEnd(message: string): void {
    if (!this.isClosed) this.events.emit("onTrackerError", { streamType: "main", error: new Error(message) });
  }

  /** Serves what nobody is fetching. What is on its way here stays here. */
  private serveWaiting(): void {
    for (const request of [...this.requests.values()]) {
      // A listener may have ended it when another was begun.
      if (!this.isPending(request) || !request.begun || request.early?.isUnderWay) continue;
      request.early?.stop();
      this.serve(request);
    }
  }

  private serve(request: EngineRequest): void {
    if (this.askModule(request) || !this.early) return;
    request.early = this.early.serve(request.segment, this.outcomeOf(request));
    request.early.begin();
  }

  private download(request: EngineRequest): void {
    request.early = this.early?.download(request.segment, this.outcomeOf(request));
    request.early?.begin();
  }

  /** False without a module, and for what it does not know: on live, segments leave the playlist. */
  private askModule(request: EngineRequest): boolean {
    if (!this.loader || !isListed(request.segment)) return false;
    request.early = undefined;
    this.askModuleToo(request);
    return true;
  }

  /** Peers may have what is waited for here. Whoever is done first serves it. */
  private askModuleToo(request: EngineRequest): void {
    if (!this.loader || request.isInModule || !isListed(request.segment)) return;
    request.isInModule = true;
    this.tell((loader) => loader.load(request.number, request.segment.runtimeId));
  }

  private outcomeOf(request: EngineRequest): Outcome {
    return {
      loaded: (data, bandwidth) => {
        this.leaveModule(request);
        this.succeed(request, data, bandwidth);
      },
      failed: () => {
        request.early = undefined;
        if (!request.isInModule) this.fail(request, "failed");
      },
      missing: () => this.askModule(request) || this.download(request),
      silent: () => this.askModuleToo(request),
      passOn: () => this.askModule(request),
    };
  }

  private leaveModule(request: EngineRequest): void {
    if (!request.isInModule) return;
    request.isInModule = false;
    this.tell((loader) => loader.abort(request.segment.runtimeId));
  }

  private leaveEarly(request: EngineRequest): void {
    const { early } = request;
    request.early = undefined;
    early?.stop();
  }

  private seed(segment: SegmentWithStream, bytes: Uint8Array | undefined): void {
    const listed = relisted(segment);
    if (!isListed(listed)) return;
    this.tell((loader) => {
      if (bytes) loader.seed(listed.runtimeId, bytes);
      else loader.served(listed.runtimeId);
    });
  }

  private resolved(number: number, data: ArrayBuffer, bandwidth: number): void {
    const request = this.find(number);
    if (!request) return;
    request.isInModule = false;
    this.leaveEarly(request);
    if (data.byteLength === 0) this.download(request);
    else this.succeed(request, data, bandwidth);
  }

  private rejected(number: number, type: "failed" | "aborted"): void {
    const request = this.find(number);
    if (!request) return;
    request.isInModule = false;
    if (!request.early) this.fail(request, type);
  }

  private succeed(request: EngineRequest, data: ArrayBuffer, bandwidth: number): void {
    if (!this.settle(request)) return;
    const response = { data, bandwidth: Math.max(1, bandwidth || 1) };
    callPage(() => request.callbacks.onSuccess(response));
  }

  private fail(request: EngineRequest, type: "failed" | "aborted"): void {
    if (this.settle(request)) callPage(() => request.callbacks.onError(new CoreRequestError(type)));
  }

  /** Ends a request from our side. It may have left the table for the next one. */
  private abandon(request: EngineRequest): void {
    this.settle(request);
    tellAborted(request.callbacks);
    this.leaveEarly(request);
    this.leaveModule(request);
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

function isListed({ stream, runtimeId }: SegmentWithStream): boolean {
  return stream.segments.has(runtimeId);
}

function tellAborted(callbacks: EngineCallbacks): void {
  callPage(() => callbacks.onError(new CoreRequestError("aborted")));
}
