// Loading without the module: before it runs, and after it died. HTTP alone,
// with the events, retries, timeout and validation that the module has too.

import { joined } from "./chunks.js";
import { RequestError, type RequestErrorType } from "./errors.js";
import type { Events } from "./events.js";
import { DEFAULT_STREAM_SETTINGS, HTTP_RULES } from "./generated/settings.js";
import { download } from "./http.js";
import { patience, type HttpFailure, type Origins } from "./origins.js";
import { plainSegment, relisted } from "./segment.js";
import type { SegmentWithStream, StreamConfig } from "./types.js";
import { isValid } from "./validation.js";

/** The end of a timeout, in which what has come is heard; as in wasm/loop. */
const LAST_TURN_MS = 100;

/** A timer for longer rings at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** How a download ends, unless it is stopped: with one of the first two, once, or passed on. */
export interface EarlyOutcome {
  /** `bandwidth` is in bits per second, never 0; the last attempt took `ms`. */
  loaded(bytes: Uint8Array, bandwidth: number, ms: number): void;
  failed(): void;
  /** Headers take longer than bytes may: the time to look elsewhere as well. */
  silent(): void;
  /** Before it is tried anew, with nothing to go on from: true when somebody else does. */
  passOn(): boolean;
}

/** One segment on its way from the origin. */
export class EarlyDownload {
  private chunks: Uint8Array[] = [];
  private loaded = 0;
  private total: number | undefined;
  private failures = 0;
  /** When the first of them was. */
  private failedAt = 0;
  private attempt: Attempt | undefined;
  private stopped = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param config the settings in force, asked anew at each attempt.
   * @param delay before anything is asked of the origin, in ms.
   */
  constructor(
    private segment: SegmentWithStream,
    private readonly config: () => Readonly<StreamConfig>,
    private readonly events: Events,
    private readonly origins: Origins,
    private readonly outcome: EarlyOutcome,
    private readonly delay: number,
  ) {}

  begin(): void {
    if (this.delay > 0) this.timer = setTimeout(this.ask, this.delay);
    else this.ask();
  }

  /** False while nothing has been asked of the origin yet. */
  get isUnderWay(): boolean {
    return this.attempt !== undefined || this.failures > 0;
  }

  /** Ends it; the outcome hears nothing after that. */
  stop(): void {
    this.stopped = true;
    if (!this.endAttempt()) return;
    this.events.emit("onSegmentAbort", {
      segment: plainSegment(this.segment),
      downloadSource: "http",
      peerId: undefined,
      streamType: this.segment.stream.type,
    });
  }

  /** Asks the origin, for the first time or anew, at the address that it has by now. */
  private readonly ask = (): void => {
    if (this.failures > 0 && this.loaded === 0 && this.outcome.passOn()) return;
    this.segment = relisted(this.segment);
    const { url } = this.segment;
    const rest = this.origins.rest(url);
    if (rest >= 1) {
      this.timer = setTimeout(this.ask, rest);
      return;
    }
    const attempt = new Attempt();
    this.attempt = attempt;
    this.events.emit("onSegmentStart", {
      segment: plainSegment(this.segment),
      downloadSource: "http",
      peerId: undefined,
    });
    if (this.stopped) return; // by a listener
    if (this.total !== undefined && this.loaded === this.total) {
      void this.finish(attempt);
      return;
    }
    this.watch(attempt);
    attempt.stop = download(
      {
        url,
        streamType: this.segment.stream.type,
        byteRange: this.segment.byteRange,
        from: this.loaded,
        total: this.total,
      },
      this.config().httpRequestSetup,
      {
        headers: (from, total) => {
          this.origins.answered(url);
          attempt.isAnswered = true;
          if (from < this.loaded) this.discard();
          this.total = total;
          this.watch(attempt);
        },
        chunk: (bytes) => {
          this.watch(attempt);
          if (bytes.byteLength === 0) return;
          attempt.firstByteAt ??= performance.now();
          attempt.bytes += bytes.byteLength;
          this.chunks.push(bytes);
          this.loaded += bytes.byteLength;
          this.events.emit("onChunkDownloaded", bytes.byteLength, "http");
        },
        done: () => void this.finish(attempt),
        failed: (failure) => this.fail(failure),
      },
    );
    if (this.stopped) attempt.stop(); // by the page's request setup
  };

  private async finish(attempt: Attempt): Promise<void> {
    clearTimeout(this.timer);
    const { bandwidth, age } = attempt;
    const bytes = new Uint8Array(joined(this.chunks));
    const { url, byteRange, stream } = this.segment;
    const valid = await isValid(this.config().validateHTTPSegment, url, byteRange, bytes);
    if (this.attempt !== attempt) return; // stopped meanwhile
    if (!valid) return this.fail(ownFailure("http-segment-validation-failed", "", true));
    this.attempt = undefined;
    this.events.emit("onSegmentLoaded", {
      segmentUrl: url,
      bytesLength: bytes.byteLength,
      downloadSource: "http",
      peerId: undefined,
      streamType: stream.type,
    });
    if (!this.stopped) this.outcome.loaded(bytes, bandwidth, age);
  }

  private fail(failure: HttpFailure): void {
    const attempt = this.endAttempt();
    if (!attempt) return;
    this.failures = !failure.discard && this.isWorthwhile(attempt) ? 1 : this.failures + 1;
    if (failure.discard) this.discard();
    if (this.failures === 1) this.failedAt = performance.now();
    const rest = this.origins.failed(this.segment.url, failure, this.failures);
    const isLast = this.isHopeless(failure);
    // Set before the listeners run: one of them may stop us.
    if (!isLast) this.timer = setTimeout(this.ask, rest);
    this.events.emit("onSegmentError", {
      error: new RequestError(failure.type, failure.message),
      segment: plainSegment(this.segment),
      downloadSource: "http",
      peerId: undefined,
      streamType: this.segment.stream.type,
    });
    if (isLast && !this.stopped) this.outcome.failed();
  }

  /** Whether an attempt has brought the segment on. */
  private isWorthwhile({ bytes }: Attempt): boolean {
    const share = (this.total ?? Infinity) * HTTP_RULES.worthwhileShare;
    return bytes >= Math.min(share, HTTP_RULES.worthwhileBytes) && bytes > 0;
  }

  /** Whether the player is told; of what may pass by itself not before hls.js alone would give up. */
  private isHopeless(failure: HttpFailure): boolean {
    const retries = this.number("httpErrorRetries");
    if (this.failures < retries) return false;
    // A page that sets less than the default means it.
    if (retries < DEFAULT_STREAM_SETTINGS.httpErrorRetries) return true;
    return performance.now() >= this.failedAt + patience(failure);
  }

  /**
   * Starts the time without a sign of life after which an attempt has failed. A page that
   * was busy for longer has this timer and what came meanwhile before it at once:
   * the last turn begins when the rest is over, so that it is heard.
   */
  private watch(attempt: Attempt, waited = 0): void {
    clearTimeout(this.timer);
    const quiet = this.number("httpNotReceivingBytesTimeoutMs");
    const left = attempt.isAnswered ? quiet : quiet * HTTP_RULES.headersFactor - waited;
    const timeout = Math.min(quiet, left, LONGEST_TIMER_MS);
    const last = Math.min(LAST_TURN_MS, timeout);
    const silent = () => {
      if (attempt.isAnswered || timeout === left) return this.giveUp(attempt, waited + timeout);
      this.outcome.silent();
      if (this.attempt === attempt) this.watch(attempt, waited + timeout);
    };
    this.timer = setTimeout(() => (this.timer = setTimeout(silent, last)), timeout - last);
  }

  /** Nothing has come for so many ms. */
  private giveUp({ isAnswered }: Attempt, waited: number): void {
    const seconds = Math.round(waited / 100) / 10;
    const of = this.total === undefined ? "" : ` of ${this.total}`;
    const message = isAnswered ? `no bytes for ${seconds} s after ${this.loaded}${of}` : `no headers after ${seconds} s`;
    this.fail(ownFailure("bytes-receiving-timeout", message, false));
  }

  /** A setting with which nothing works is the default, as in wasm/config. */
  private number(name: "httpErrorRetries" | "httpNotReceivingBytesTimeoutMs"): number {
    const value = Number(this.config()[name]);
    return value >= 1 ? value : DEFAULT_STREAM_SETTINGS[name];
  }

  private endAttempt(): Attempt | undefined {
    clearTimeout(this.timer);
    const { attempt } = this;
    this.attempt = undefined;
    attempt?.stop();
    return attempt;
  }

  private discard(): void {
    this.chunks = [];
    this.loaded = 0;
    this.total = undefined;
  }
}

/** One request to the origin, and how fast it was. */
class Attempt {
  private readonly beganAt = performance.now();
  /** Headers have come. */
  isAnswered = false;
  firstByteAt: number | undefined;
  bytes = 0;
  stop: () => void = () => undefined;

  /** In ms. */
  get age(): number {
    return performance.now() - this.beganAt;
  }

  /** In bits per second from the first byte on; a body in one piece counts as 1 ms. */
  get bandwidth(): number {
    const elapsed = performance.now() - (this.firstByteAt ?? performance.now());
    return Math.max(1, (this.bytes * 8000) / Math.max(1, elapsed));
  }
}

/** One that no response told. */
function ownFailure(type: RequestErrorType, message: string, discard: boolean): HttpFailure {
  return { type, message, discard, status: 0, retryAfterMs: 0 };
}
