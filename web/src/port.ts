// The border between JavaScript and the Go module: what each side hands the
// other. Everything that crosses it is a number, a string, a boolean, a
// Uint8Array, an RTCPeerConnection or a plain object of those.

import type { Chunks } from "./chunks.js";
import type { HttpRequestErrorType } from "./errors.js";
import type { ByteRange, Segment, StreamConfig, StreamType, CommonCoreConfig } from "./types.js";

/** What the Go module hands to JavaScript once it runs. */
export interface LoaderModule {
  /** Starts a loader, or none where the settings make no sense. Everything it says goes to `host`. */
  open(host: LoaderHost, settings: LoaderSettings): LoaderSession | null;
  /** Forgets the peer ids; swarms joined from now on get new ones. */
  forgetPeerIds(): void;
  /**
   * Ends at once, before it returns, all that goes on between the page and others.
   * What is stored stays, as does what has come and what players wait for.
   */
  rest(): void;
  /** Ends a rest: swarms are joined again, and downloads go on. */
  wake(): void;
  /** The network may have changed: what was lost is tried again without a pause. */
  reconnect(): void;
}

/** What the Go module gets for that. */
export interface ModuleHost {
  /** It has broken beyond repair, and ends. */
  died(reason: string): void;
  /** The next WebSocket is the module's, and will be closed when that is gone. */
  awaitSocket(): void;
}

/** A complete configuration; functions in it are never called by the module. */
export type LoaderSettings = CommonCoreConfig & {
  mainStream: StreamConfig;
  secondaryStream: StreamConfig;
};

/** One loader, from a Core's first use to its `destroy()`. */
export interface LoaderSession {
  configure(settings: LoaderSettings): void;
  setManifestUrl(url: string): void;
  setLive(isLive: boolean): void;
  setActiveLevelBitrate(bitrate: number): void;
  updatePlayback(position: number, rate: number): void;
  addStream(runtimeId: string, type: StreamType, index: string | number): void;
  updateStream(runtimeId: string, add: Segment[], removeRuntimeIds: string[]): void;
  /** Answered by `host.resolve` or `host.reject` with the same number, once. */
  load(request: number, segmentRuntimeId: string): void;
  abort(segmentRuntimeId: string): void;
  /**
   * Hands over a whole segment that JavaScript fetched by itself; the module keeps
   * it. It counts as the player's request for that segment: the segment seeded
   * last tells the stream that plays, before the first `load`.
   */
  seed(segmentRuntimeId: string, bytes: Uint8Array): void;
  /** The same for a segment that the page's storage has. */
  served(segmentRuntimeId: string): void;
  /**
   * How long the origin takes for segments, in seconds for each that they play: of the
   * stream of that type that plays.
   */
  learn(type: StreamType, took: number): void;
  /** A STUN or TURN server, by its name and port, does not answer. */
  unanswered(type: StreamType, server: string, reason: string): void;
  /** One answers. */
  answered(server: string): void;
  /** Segments of the stream with that swarm id have come into the page's storage, or gone. */
  storageChanged(streamSwarmId: string): void;
  /** Ends everything; the host hears nothing more. */
  close(): void;
}

/**
 * What the module asks of JavaScript. No method may throw. Null stands for
 * undefined everywhere. Each may be called while the module is being called, and
 * may call it before returning; after `close()`, or once a call into the module
 * has thrown, they do nothing.
 */
export interface LoaderHost {
  /** The page's storage, or null where the module keeps segments itself. */
  readonly storage: HostStorage | null;
  /** `bandwidth` is in bits per second, never 0. The pieces stay the module's: the player gets a copy. */
  resolve(request: number, bandwidth: number, ...pieces: (Uint8Array | Chunks)[]): void;
  reject(request: number, type: "failed" | "aborted"): void;
  /** True when somebody listens to that event. */
  hears(name: string): boolean;
  /** One event of CoreEventMap; errors cross as `{ message, type?, code? }`. */
  emit(name: string, ...args: unknown[]): void;
  /** Bytes of a segment came, from a peer or, without one, from the origin. */
  downloaded(data: Uint8Array | Chunks, peerId: string | undefined): void;
  /** Downloads from the origin, from byte `from` of the segment on. Returns what stops it. */
  fetch(request: FetchRequest, sink: FetchSink): () => void;
  /** True when the page has a validator for segments of that source. */
  validates(source: "http" | "p2p", streamType: StreamType): boolean;
  /** Asks it. A validator that throws or rejects says false. */
  validate(
    source: "http" | "p2p",
    streamType: StreamType,
    url: string,
    byteRange: ByteRange | undefined,
    bytes: Uint8Array,
    done: (isValid: boolean) => void,
  ): void;
  /** The address of the list that a segment's digest is to be in; "" where its origin has none. */
  findDigests(segmentUrl: string, option: string): string;
  /**
   * Fetches a list of up to `limit` bytes. Answers once, without a list where it cannot be
   * had, unless it is stopped before by what is returned.
   */
  fetchDigests(
    url: string,
    streamType: StreamType,
    limit: number,
    done: (list: Uint8Array | undefined, why: string) => void,
  ): () => void;
  /** Answers once, with the SHA-256 of the pieces in a row: 32 bytes. */
  digest(done: (digest: Uint8Array) => void, ...pieces: (Uint8Array | Chunks)[]): void;
  /**
   * Makes a connection with the page's own rtcConfig. The module closes it when
   * it is of no more use. A module that dies cannot: the host does it then, so
   * that the peer notices.
   */
  connect(streamType: StreamType): RTCPeerConnection | Refusal;
  /** Listens to a data channel of one. Returns what ends that. */
  listen(channel: RTCDataChannel, sink: ChannelSink): () => void;
  /** Counts what the connection has received of the other end's machine; -1 where the browser does not tell. */
  received(connection: RTCPeerConnection, done: (count: number) => void): void;
  /** True when somebody listens to that one of the `debug` namespaces. */
  traces(namespace: string): boolean;
  /** A line for one of them, such as `p2pml-core:peer`. */
  log(namespace: string, message: string): void;
}

/** The page's storage. A segment is named by its swarm id, stream swarm id and external id. */
export interface HostStorage {
  has(swarmId: string, streamSwarmId: string, externalId: number): boolean;
  ids(swarmId: string, streamSwarmId: string): number[];
  /** The share that is free, from 0 to 1. */
  free(): number;
  /** Answers once, with undefined where there is none. */
  read(
    swarmId: string,
    streamSwarmId: string,
    externalId: number,
    done: (bytes: Uint8Array | undefined) => void,
  ): void;
  /** Answers once. The bytes stay the module's. */
  store(
    swarmId: string,
    streamSwarmId: string,
    externalId: number,
    bytes: Uint8Array,
    startTime: number,
    endTime: number,
    streamType: StreamType,
    isLive: boolean,
    done: (isStored: boolean) => void,
  ): void;
}

/** Where a data channel goes. */
export interface ChannelSink {
  opened(): void;
  /** A command, the segment data after it and the command after that, or some of these. */
  messages(begin: Uint8Array | null, data: Chunks | null, end: Uint8Array | null): void;
  /** Less is waiting to be sent than the channel's threshold. */
  drained(): void;
  failed(message: string): void;
  closed(): void;
}

/** Why there is no connection; `forGood` when asking again is of no use. */
export interface Refusal {
  refusal: string;
  forGood: boolean;
}

/** One download from the origin. */
export interface FetchRequest {
  url: string;
  streamType: StreamType;
  /** The segment's own range, or undefined when it is the whole resource. */
  byteRange: ByteRange | undefined;
  /** How many of the segment's bytes are already held. */
  from: number;
  /** The segment's size where it is known. */
  total: number | undefined;
}

/** Where a download goes. After `done` or `failed`, or once stopped, nothing more is called. */
export interface FetchSink {
  /**
   * The response's headers are here. `from` is 0 when the server sends the
   * whole although a part was asked for: what was held is void then. `total`
   * is the segment's whole size, where the response tells it.
   */
  headers(from: number, total: number | undefined): void;
  /** Without bytes it is a sign of life: what comes is not of the segment. */
  chunk(bytes: Uint8Array): void;
  done(): void;
  failed(failure: FetchFailure): void;
}

/** Why a download failed, and what the origin says to that. */
export interface FetchFailure {
  type: HttpRequestErrorType;
  message: string;
  /** The bytes held are void. */
  discard: boolean;
  /** Of the response; 0 when none came, or its body broke off. */
  status: number;
  /** How long the origin asks to be left alone; 0 when it does not, or where it cannot be read. */
  retryAfterMs: number;
}
