/** Why a download was ended from our side. */
export type RequestAbortErrorType = "abort" | "bytes-receiving-timeout";

/** What can go wrong with the origin. */
export type HttpRequestErrorType =
  | "http-error"
  | "http-bytes-mismatch"
  | "http-unexpected-status-code"
  | "http-segment-validation-failed";

/** What can go wrong with a peer. */
export type PeerRequestErrorType =
  | "peer-response-bytes-length-mismatch"
  | "peer-protocol-violation"
  | "peer-segment-absent"
  | "peer-closed"
  | "p2p-segment-validation-failed";

export type RequestErrorType = RequestAbortErrorType | PeerRequestErrorType | HttpRequestErrorType;

/** A download that failed, as `onSegmentError` tells it. */
export class RequestError<T extends RequestErrorType = RequestErrorType> extends Error {
  /** When it happened, by `performance.now()`. */
  readonly timestamp: number;

  constructor(
    readonly type: T,
    message?: string,
  ) {
    super(message);
    this.timestamp = performance.now();
  }
}

/** How a segment that the player asked for ended without bytes. */
export class CoreRequestError extends Error {
  constructor(readonly type: "failed" | "aborted") {
    super();
  }
}
