// What the module gets of the page: downloads, validators, listeners, log lines.
// A call into the module that throws is a fault: the module is broken then.

import { listen } from "./channel.js";
import { Chunks } from "./chunks.js";
import type { Config } from "./config.js";
import { fetchList } from "./digest-list.js";
import { findList } from "./digest-places.js";
import { RequestError, type RequestErrorType } from "./errors.js";
import type { Events } from "./events.js";
import { download } from "./http.js";
import type { ChannelSink, FetchRequest, FetchSink, HostStorage, LoaderHost, Refusal } from "./port.js";
import { connect, received, watchServers } from "./rtc.js";
import { bufferOf, sha256 } from "./sha256.js";
import type { PageStorage } from "./storage.js";
import { isTraced, trace } from "./trace.js";
import type { ByteRange, CoreEventMap, PeerDetails, StreamType, WarningDetails, WarningOverDetails } from "./types.js";
import { isValid } from "./validation.js";

/** How the session hears of its requests, of servers that do not answer or do again, and of a broken module. */
export interface Answers {
  resolve(request: number, data: ArrayBuffer, bandwidth: number): void;
  reject(request: number, type: "failed" | "aborted"): void;
  unanswered(type: StreamType, server: string, reason: string): void;
  answered(server: string): void;
  fault(error: unknown): void;
}

/** The host of one loader. Once closed it does nothing more. */
export class Host implements LoaderHost {
  readonly storage: HostStorage | null;
  private closed = false;
  private readonly downloads = new Set<() => void>();
  private readonly connections = new Set<RTCPeerConnection>();
  private readonly peers = new Map<string, PeerDetails>();
  /** What was warned of and is not over. */
  private readonly warnings = new Map<string, WarningOverDetails>();

  constructor(
    private readonly config: Config,
    private readonly events: Events,
    private readonly answers: Answers,
    storage: PageStorage | undefined,
  ) {
    this.storage = storage ? this.offer(storage) : null;
  }

  /** Stops the downloads and closes the connections. Listeners hear that the peers are gone, and no warning holds. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const stop of this.downloads) stop();
    this.downloads.clear();
    for (const connection of this.connections) connection.close();
    this.connections.clear();
    for (const peer of this.peers.values()) this.events.emit("onPeerClose", { ...peer });
    this.peers.clear();
    for (const warning of this.warnings.values()) this.events.emit("onWarningOver", warning);
    this.warnings.clear();
  }

  resolve(request: number, bandwidth: number, ...pieces: (Uint8Array | Chunks)[]): void {
    if (!this.closed) this.answers.resolve(request, bufferOf(pieces), bandwidth);
  }

  reject(request: number, type: "failed" | "aborted"): void {
    if (!this.closed) this.answers.reject(request, type);
  }

  hears(name: string): boolean {
    return !this.closed && this.events.hasListener(name as keyof CoreEventMap);
  }

  emit(name: string, ...args: unknown[]): void {
    if (this.closed) return;
    const details = args.map(asPageSeesIt);
    // npm's core passes no peer where there is none, rather than undefined.
    if (details.at(-1) === undefined) details.pop();
    this.followPeers(name, details[0] as PeerDetails);
    this.followWarnings(name, details[0] as WarningDetails & WarningOverDetails);
    this.events.emit(name as keyof CoreEventMap, ...(details as never));
  }

  downloaded(data: Uint8Array | Chunks, peerId: string | undefined): void {
    if (!this.hears("onChunkDownloaded")) return;
    for (const { byteLength } of data instanceof Chunks ? data.pieces : [data]) {
      if (this.closed) return; // by a listener
      // npm's core passes no peer where there is none, rather than undefined.
      if (peerId === undefined) this.events.emit("onChunkDownloaded", byteLength, "http");
      else this.events.emit("onChunkDownloaded", byteLength, "p2p", peerId);
    }
  }

  fetch(request: FetchRequest, sink: FetchSink): () => void {
    if (this.closed) return () => undefined;
    const { httpRequestSetup } = this.config.stream(request.streamType);
    const stop = download(normal(request), httpRequestSetup, {
      headers: (from, total) => this.call(() => sink.headers(from, total)),
      chunk: (bytes) => this.call(() => sink.chunk(bytes)),
      done: () => {
        this.downloads.delete(stop);
        this.call(() => sink.done());
      },
      failed: (failure) => {
        this.downloads.delete(stop);
        this.call(() => sink.failed(failure));
      },
    });
    return this.untilStopped(stop);
  }

  validates(source: "http" | "p2p", streamType: StreamType): boolean {
    return this.validator(source, streamType) !== undefined;
  }

  validate(
    source: "http" | "p2p",
    streamType: StreamType,
    url: string,
    byteRange: ByteRange | undefined,
    bytes: Uint8Array,
    done: (isValid: boolean) => void,
  ): void {
    const validator = this.validator(source, streamType);
    this.answer(isValid(validator, url, byteRange ?? undefined, bytes), done);
  }

  findDigests(segmentUrl: string, option: string): string {
    return findList(segmentUrl, option);
  }

  fetchDigests(
    url: string,
    streamType: StreamType,
    limit: number,
    done: (list: Uint8Array | undefined, why: string) => void,
  ): () => void {
    if (this.closed) return () => undefined;
    const { httpRequestSetup } = this.config.stream(streamType);
    const stop = fetchList(url, limit, httpRequestSetup, (list, why) => {
      this.downloads.delete(stop);
      this.call(() => done(list, why));
    });
    return this.untilStopped(stop);
  }

  digest(done: (digest: Uint8Array) => void, ...pieces: (Uint8Array | Chunks)[]): void {
    this.answer(sha256(pieces), done);
  }

  connect(streamType: StreamType): RTCPeerConnection | Refusal {
    if (this.closed) return { refusal: "the loader is closed", forGood: true };
    for (const known of this.connections) {
      if (known.signalingState === "closed") this.connections.delete(known);
    }
    const made = connect(this.config.stream(streamType).rtcConfig);
    if ("refusal" in made) return made;
    this.connections.add(made);
    watchServers(made, {
      unanswered: (server, reason) => this.closed || this.answers.unanswered(streamType, server, reason),
      answered: (server) => this.closed || this.answers.answered(server),
    });
    return made;
  }

  listen(channel: RTCDataChannel, sink: ChannelSink): () => void {
    return listen(channel, sink, (intoModule) => this.call(intoModule));
  }

  received(connection: RTCPeerConnection, done: (count: number) => void): void {
    void received(connection).then((count) => this.call(() => done(count)));
  }

  traces(namespace: string): boolean {
    return isTraced(namespace);
  }

  log(namespace: string, message: string): void {
    trace(namespace, () => message);
  }

  /** Has the download stop with the host at the latest; returns what stops it before. */
  private untilStopped(stop: () => void): () => void {
    this.downloads.add(stop);
    return () => {
      this.downloads.delete(stop);
      stop();
    };
  }

  private offer(storage: PageStorage): HostStorage {
    return {
      has: (...key) => storage.has(...key),
      ids: (...swarm) => storage.ids(...swarm),
      free: () => storage.free(),
      read: (swarmId, streamSwarmId, externalId, done) => {
        this.answer(storage.read(swarmId, streamSwarmId, externalId), done);
      },
      store: (swarmId, streamSwarmId, externalId, bytes, start, end, type, isLive, done) => {
        const key = [swarmId, streamSwarmId, externalId] as const;
        this.answer(storage.store(key, bytes, start, end, type, isLive), done);
      },
    };
  }

  /** Answers also when closed: the module frees the function then. */
  private answer<T>(promise: Promise<T>, done: (answer: T) => void): void {
    void promise.then((answer) => {
      try {
        done(answer);
      } catch (error) {
        if (!this.closed) this.answers.fault(error);
      }
    });
  }

  private validator(source: "http" | "p2p", streamType: StreamType) {
    const config = this.config.stream(streamType);
    return source === "http" ? config.validateHTTPSegment : config.validateP2PSegment;
  }

  private followPeers(name: string, peer: PeerDetails): void {
    if (name === "onPeerConnect") this.peers.set(`${peer.streamType}-${peer.peerId}`, peer);
    if (name === "onPeerClose") this.peers.delete(`${peer.streamType}-${peer.peerId}`);
  }

  private followWarnings(name: string, { streamType, warning, code }: WarningDetails & WarningOverDetails): void {
    if (name === "onWarning") this.warnings.set(`${streamType}-${warning.code}`, { streamType, code: warning.code });
    if (name === "onWarningOver") this.warnings.delete(`${streamType}-${code}`);
  }

  private call(intoModule: () => void): void {
    if (this.closed) return;
    try {
      intoModule();
    } catch (error) {
      this.answers.fault(error);
    }
  }
}

/** Go has one word for null and undefined, and errors cross as plain objects. */
function asPageSeesIt(arg: unknown): unknown {
  if (arg === null) return undefined;
  if (typeof arg !== "object") return arg;
  const entries = Object.entries(arg).map(([key, value]: [string, unknown]) => {
    if (value === null) return [key, undefined];
    return key === "error" || key === "warning" ? [key, asError(value)] : [key, value];
  });
  return Object.fromEntries(entries) as unknown;
}

function asError(value: unknown): unknown {
  if (value instanceof Error || typeof value !== "object" || value === null) return value;
  const { type, message, code, retryInMs } = value as { type?: string; message?: string; code?: string; retryInMs?: number };
  if (type) return new RequestError(type as RequestErrorType, message);
  return Object.assign(new Error(message), code && { code }, retryInMs !== undefined && { retryInMs });
}

function normal(request: FetchRequest): FetchRequest {
  return {
    ...request,
    byteRange: request.byteRange ?? undefined,
    total: request.total ?? undefined,
  };
}
