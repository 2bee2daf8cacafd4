// The types of npm p2p-media-loader-core 2.3.1, in its names. The data settings
// come from the Go module's own structs; see wasm/config.

import type { RequestError, CoreRequestError } from "./errors.js";
import type { CommonSettings, StreamSettings } from "./generated/settings.js";

export type StreamType = "main" | "secondary";

/** Both ends are inclusive. */
export type ByteRange = { start: number; end: number };

export type Segment = {
  /** The address, or `address|start-end` with a byte range. Never on the wire. */
  readonly runtimeId: string;
  /** What names the segment among peers: the media sequence number on live HLS, the position on VOD. */
  readonly externalId: number;
  readonly url: string;
  readonly byteRange?: ByteRange;
  /** In seconds from the beginning of the stream. */
  readonly startTime: number;
  readonly endTime: number;
};

export type SegmentWithStream<TStream extends Stream = Stream> = Segment & {
  readonly stream: StreamWithSegments<TStream>;
};

/** A stream and its segments by runtime id, in the order in which they were added. */
export type StreamWithSegments<TStream extends Stream = Stream> = TStream & {
  readonly segments: Map<string, SegmentWithStream<TStream>>;
};

export type Stream = {
  readonly runtimeId: string;
  readonly type: StreamType;
  /** What names the stream among peers; see `generateStreamShortId`. */
  readonly index: string;
};

type Validator = (
  url: string,
  byteRange: ByteRange | undefined,
  data: ArrayBuffer,
) => Promise<boolean>;

/** The settings of one stream type. */
export type StreamConfig = StreamSettings & {
  /** Says whether a segment from a peer is good; a bad one is dropped, and the peer left. */
  validateP2PSegment?: Validator;
  /** Says whether a segment from the origin is good; a bad one is fetched again. */
  validateHTTPSegment?: Validator;
  /**
   * Makes the request for a segment, for headers and credentials. The last
   * argument is the range to ask for, which a resumed download narrows. The
   * list of their digests is asked for in the same way, without ranges.
   * Without a result the request is made as usual.
   */
  httpRequestSetup?: (
    segmentUrl: string,
    segmentByteRange: ByteRange | undefined,
    requestAbortSignal: AbortSignal,
    requestByteRange: { start: number; end?: number } | undefined,
  ) => Promise<Request | undefined | null>;
};

/** The settings that both stream types share. */
export type CommonCoreConfig = CommonSettings & {
  /**
   * Makes the page's own storage of segments, instead of one in memory: once for
   * each life of a Core, with the first segment that it loads. A storage that
   * cannot be made, or that is not ready within 5 s, is reported as an uncaught
   * error; segments are stored in memory then.
   */
  customSegmentStorageFactory?: (isLive: boolean) => SegmentStorage;
};

/** What a Core is made with: settings for both stream types, and for each. */
export type CoreConfig = Partial<StreamConfig> &
  Partial<CommonCoreConfig> & {
    mainStream?: Partial<StreamConfig>;
    secondaryStream?: Partial<StreamConfig>;
  };

/** A complete configuration. */
export type DefinedCoreConfig = CommonCoreConfig & {
  mainStream: StreamConfig;
  secondaryStream: StreamConfig;
};

/** The settings that can change while playing. */
export type DynamicStreamProperties =
  | "highDemandTimeWindow"
  | "httpDownloadInitialTimeoutMs"
  | "httpDownloadTimeWindow"
  | "p2pDownloadTimeWindow"
  | "simultaneousHttpDownloads"
  | "simultaneousP2PDownloads"
  | "webRtcMaxMessageSize"
  | "p2pNotReceivingBytesTimeoutMs"
  | "p2pInactiveLoaderDestroyTimeoutMs"
  | "httpNotReceivingBytesTimeoutMs"
  | "httpErrorRetries"
  | "p2pErrorRetries"
  | "validateP2PSegment"
  | "httpRequestSetup"
  | "isP2PDisabled"
  | "isP2PUploadDisabled";

export type DynamicStreamConfig = Partial<Pick<StreamConfig, DynamicStreamProperties>>;

export type DynamicCoreConfig = Partial<Pick<CoreConfig, DynamicStreamProperties>> &
  Partial<CommonCoreConfig> & {
    mainStream?: DynamicStreamConfig;
    secondaryStream?: DynamicStreamConfig;
  };

export type DownloadSource = "http" | "p2p";

export type SegmentStartDetails = {
  segment: Segment;
  downloadSource: DownloadSource;
  peerId: string | undefined;
};

export type SegmentErrorDetails = {
  error: RequestError;
  segment: Segment;
  downloadSource: DownloadSource;
  peerId: string | undefined;
  streamType: StreamType;
};

export type SegmentAbortDetails = {
  segment: Segment;
  downloadSource: DownloadSource | undefined;
  peerId: string | undefined;
  streamType: StreamType;
};

export type SegmentLoadDetails = {
  segmentUrl: string;
  bytesLength: number;
  downloadSource: DownloadSource;
  peerId: string | undefined;
  streamType: StreamType;
};

export type PeerDetails = { peerId: string; streamType: StreamType };
export type PeerErrorDetails = { peerId: string; streamType: StreamType; error: Error };
export type TrackerErrorDetails = { streamType: StreamType; error: unknown };
/** Of a tracker that cannot be reached, `warning` is a `TrackerLostWarning` with our core. */
export type TrackerWarningDetails = { streamType: StreamType; warning: unknown };
/** `retryInMs` is ours: after how many ms the tracker is tried again. */
export type TrackerLostWarning = Error & { retryInMs: number };
/**
 * Ours. `tracker` is its address, `infoHash` the 20 characters by which it knows the swarm, and
 * `viewers` how many it counts there, this one included.
 */
export type TrackerReplyDetails = { streamType: StreamType; tracker: string; infoHash: string; viewers: number };

/** What is amiss that playback does without; ours. Codes may come to be more. */
export type WarningCode = "digests-missing" | "digests-false" | "stun-failed" | "upload-limit-reached";
export type WarningDetails = { streamType: StreamType; warning: Error & { code: WarningCode } };
export type WarningOverDetails = { streamType: StreamType; code: WarningCode };

/** The events of a Core, and what their listeners are called with. */
export type CoreEventMap = {
  onSegmentLoaded: (params: SegmentLoadDetails) => void;
  onSegmentError: (params: SegmentErrorDetails) => void;
  onSegmentAbort: (params: SegmentAbortDetails) => void;
  onSegmentStart: (params: SegmentStartDetails) => void;
  onPeerConnect: (params: PeerDetails) => void;
  onPeerClose: (params: PeerDetails) => void;
  onPeerError: (params: PeerErrorDetails) => void;
  onChunkDownloaded: (bytesLength: number, downloadSource: DownloadSource, peerId?: string) => void;
  onChunkUploaded: (bytesLength: number, peerId: string) => void;
  onTrackerError: (params: TrackerErrorDetails) => void;
  onTrackerWarning: (params: TrackerWarningDetails) => void;
  /** Ours: something is amiss that nothing else tells of. */
  onWarning: (params: WarningDetails) => void;
  /** Ours: what was warned of is well again. */
  onWarningOver: (params: WarningOverDetails) => void;
  /** Ours: a tracker has replied to an announcement. */
  onTrackerReply: (params: TrackerReplyDetails) => void;
};

/** A segment as the player gets it; the buffer is the player's own. */
export type SegmentResponse = {
  data: ArrayBuffer;
  /** In bits per second, never 0. */
  bandwidth: number;
};

/** How the player hears of a segment; one of the two is called, once. */
export type EngineCallbacks = {
  onSuccess: (response: SegmentResponse) => void;
  onError: (reason: CoreRequestError) => void;
};

/**
 * Where a page keeps segments for its player and its peers. `swarmId` names the
 * presentation and `streamId` the stream, such as `v2-<swarmId>-main-<index>`:
 * it is all that is needed to tell streams apart. `segmentId` is the external id.
 *
 * What a method throws, rejects or does not answer in time (2 s for a segment
 * that is read, 30 s for one that is stored) counts as a segment that is not
 * there: it is fetched again. The first such failure of each method is reported
 * as an uncaught error.
 */
export interface SegmentStorage {
  /** Called once, first. The objects are those in force: what changes later changes in them. */
  initialize(
    coreConfig: CommonCoreConfig,
    mainStreamConfig: StreamConfig,
    secondaryStreamConfig: StreamConfig,
  ): Promise<void>;
  /** Where the player is, in seconds, and how fast it plays; once for each stream type in use. */
  onPlaybackUpdated(position: number, rate: number): void;
  /** The player asks for a segment; `hasSegment` comes after this. Times are in seconds. */
  onSegmentRequested(
    swarmId: string,
    streamId: string,
    segmentId: number,
    startTime: number,
    endTime: number,
    streamType: StreamType,
    isLiveStream: boolean,
  ): void;
  /** `data` is the storage's own. */
  storeSegment(
    swarmId: string,
    streamId: string,
    segmentId: number,
    data: ArrayBuffer,
    startTime: number,
    endTime: number,
    streamType: StreamType,
    isLiveStream: boolean,
  ): Promise<void>;
  /** Undefined for what is not there. What it resolves with is copied. */
  getSegmentData(swarmId: string, streamId: string, segmentId: number): Promise<ArrayBuffer | undefined>;
  /** In any unit; what lies behind the playhead and could be dropped need not count. */
  getUsage(): { totalCapacity: number; usedCapacity: number };
  /** Asked often. */
  hasSegment(swarmId: string, streamId: string, segmentId: number): boolean;
  /** What peers are told. */
  getStoredSegmentIds(swarmId: string, streamId: string): number[];
  /** To be called with the stream's id when segments have come or gone. Set anew with each stream that plays. */
  setSegmentChangeCallback(callback: (streamId: string) => void): void;
  /** Called once, last. */
  destroy(): void;
}
