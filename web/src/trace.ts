// Lines for the `debug` namespaces that people know from p2p-media-loader-core,
// drawn from what passes by: what the engine asks for, and the events. While a
// namespace is off its lines are not even made, but for those few that only the
// module can say, see LoaderHost.log: one for each segment that it stores or
// drops, and for each swarm and peer that comes or goes.

import { debug } from "./debug.js";
import type { Events } from "./events.js";
import type {
  SegmentAbortDetails,
  SegmentLoadDetails,
  SegmentStartDetails,
  SegmentWithStream,
  Stream,
  StreamType,
} from "./types.js";

const loggers = new Map<string, ReturnType<typeof debug>>();

/** Says a line, if somebody listens to the namespace. */
export function trace(namespace: string, line: () => string): void {
  const logger = loggerOf(namespace);
  if (logger.enabled) logger("%s", line());
}

/** Whether somebody listens to the namespace. */
export function isTraced(namespace: string): boolean {
  return loggerOf(namespace).enabled;
}

function loggerOf(namespace: string): ReturnType<typeof debug> {
  let logger = loggers.get(namespace);
  if (!logger) loggers.set(namespace, (logger = debug(namespace)));
  return logger;
}

/** One Core's engine and events. */
export class Trace {
  private readonly streams = new Map<StreamType, Stream>();

  /** @param typeOf finds the stream type of a registered segment by its runtime id. */
  constructor(
    events: Events,
    private readonly typeOf: (segmentRuntimeId: string) => StreamType | undefined,
  ) {
    const details = ({ error }: { error: { type?: string; message: string } }) =>
      [error.type, error.message].filter(Boolean).join(", ");
    const follows = () => isTraced("p2pml-core:request-main") || isTraced("p2pml-core:request-secondary");
    const started = (e: SegmentStartDetails) =>
      this.download({ ...e, streamType: this.typeOf(e.segment.runtimeId) }, "started");
    const loaded = (e: SegmentLoadDetails) =>
      trace(`p2pml-core:request-${e.streamType}`, () =>
        `${from(e)} succeeded: ${e.segmentUrl}, ${e.bytesLength} bytes`);
    events.add("onSegmentStart", started, follows);
    events.add("onSegmentLoaded", loaded, follows);
    events.add("onSegmentError", (e) => this.download(e, "failed", () => ` (${details(e)})`));
    events.add("onSegmentAbort", (e) => this.download(e, "aborted"));
    events.add("onPeerConnect", ({ peerId, streamType }) => {
      trace("p2pml-core:peer", () => `${peerId} connected, ${streamType}`);
    });
    events.add("onPeerError", (e) => {
      trace("p2pml-core:peer", () => `${e.peerId} broke: ${e.error.message}`);
    });
    events.add("onTrackerWarning", ({ streamType, warning }) => {
      trace("p2pml-core:p2p-tracker-client", () => `warning, ${streamType}: ${String(warning)}`);
    });
    events.add("onWarning", ({ streamType, warning }) => {
      trace(`p2pml-core:hybrid-loader-${streamType}`, () => `warns of ${warning.code}: ${warning.message}`);
    });
  }

  /** The engine asks for a segment. */
  requests(segment: SegmentWithStream): void {
    const { stream } = segment;
    const namespace = `p2pml-core:hybrid-loader-${stream.type}`;
    const former = this.streams.get(stream.type);
    this.streams.set(stream.type, stream);
    trace(namespace, () => `requests ${name(stream)} ${segment.externalId}`);
    if (former && former !== stream) trace(namespace, () => `stream changed to ${name(stream)}`);
  }

  /** The engine takes a request back. */
  aborts(segment: SegmentWithStream): void {
    const { stream, externalId } = segment;
    trace(`p2pml-core:hybrid-loader-${stream.type}`, () => `aborts ${name(stream)} ${externalId}`);
  }

  /** The Core is destroyed: what it asks for next is no change. */
  forget(): void {
    this.streams.clear();
  }

  private download(e: Download, what: string, more = () => ""): void {
    trace(`p2pml-core:request-${e.streamType ?? "main"}`, () => `${from(e)} ${what}: ${e.segment.externalId}${more()}`);
  }
}

type Download = Omit<SegmentAbortDetails, "streamType"> & { streamType: StreamType | undefined };

function from({ downloadSource, peerId }: Pick<Download, "downloadSource" | "peerId">): string {
  return peerId === undefined ? `${downloadSource}` : `${downloadSource} from ${peerId}`;
}

function name({ type, index }: Stream): string {
  return `${type}-${index}`;
}
