// Loading without the module: before it runs, and after it died. HTTP alone,
// with the events, retries, timeout and validation that the module has too.

import { RequestError, type RequestErrorType } from "./errors.js";
import type { Events } from "./events.js";
import { DEFAULT_STREAM_SETTINGS } from "./generated/settings.js";
import { download } from "./http.js";
import { plainSegment } from "./segment.js";
import type { SegmentWithStream, StreamConfig } from "./types.js";
import { isValid } from "./validation.js";

/** How long to wait after the nth failure, in ms; half of it is random. */
const BACKOFF_MS = [200, 400, 800, 1600];

/** The end of a timeout, in which what has come is heard; as in wasm/loop. */
const LAST_TURN_MS = 100;

/** A timer for longer rings at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** How a download ends, unless it is stopped. One of the two is called, once. */
export interface EarlyOutcome {
  /** `bandwidth` is in bits per second, never 0. */
  loaded(bytes: Uint8Array, bandwidth: number): void;
  failed(): void;
}

/** One segment on its way from the origin. */
export class EarlyDownload {
  private chunks: Uint8Array[] = [];
  private loaded = 0;
  private total: number | undefined;
  private failures = 0;
  private attempt: Attempt | undefined;
  private stopped = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param config the settings in force, asked anew at each attempt.
   * @param delay before anything is asked of the origin, in ms.
   */
  constructor(
    private readonly segment: SegmentWithStream,
    private readonly config: () => Readonly<StreamConfig>,
    private readonly events: Events,
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

  /** Asks the origin, for the first time or anew. */
  private readonly ask = (): void => {
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
    this.watch();
    attempt.stop = download(
      {
        url: this.segment.url,
        streamType: this.segment.stream.type,
        byteRange: this.segment.byteRange,
        from: this.loaded,
        total: this.total,
      },
      this.config().httpRequestSetup,
      {
        headers: (from, total) => {
          if (from < this.loaded) this.discard();
          this.total = total;
          this.watch();
        },
        chunk: (bytes) => {
          attempt.firstByteAt ??= performance.now();
          attempt.bytes += bytes.byteLength;
          this.chunks.push(bytes);
          this.loaded += bytes.byteLength;
          this.watch();
          this.events.emit("onChunkDownloaded", bytes.byteLength, "http");
        },
        done: () => void this.finish(attempt),
        failed: (type, message, discard) => this.fail(type as RequestErrorType, message, discard),
      },
    );
    if (this.stopped) attempt.stop(); // by the page's request setup
  };

  private async finish(attempt: Attempt): Promise<void> {
    clearTimeout(this.timer);
    const { bandwidth } = attempt;
    const bytes = join(this.chunks, this.loaded);
    const { url, byteRange, stream } = this.segment;
    const valid = await isValid(this.config().validateHTTPSegment, url, byteRange, bytes);
    if (this.attempt !== attempt) return; // stopped meanwhile
    if (!valid) return this.fail("http-segment-validation-failed", "", true);
    this.attempt = undefined;
    this.events.emit("onSegmentLoaded", {
      segmentUrl: url,
      bytesLength: bytes.byteLength,
      downloadSource: "http",
      peerId: undefined,
      streamType: stream.type,
    });
    if (!this.stopped) this.outcome.loaded(bytes, bandwidth);
  }

  private fail(type: RequestErrorType, message: string, discard: boolean): void {
    if (!this.endAttempt()) return;
    if (discard) this.discard();
    this.failures++;
    const isLast = this.failures >= this.number("httpErrorRetries");
    // Set before the listeners run: one of them may stop us.
    if (!isLast) this.timer = setTimeout(this.ask, backoff(this.failures));
    this.events.emit("onSegmentError", {
      error: new RequestError(type, message),
      segment: plainSegment(this.segment),
      downloadSource: "http",
      peerId: undefined,
      streamType: this.segment.stream.type,
    });
    if (isLast && !this.stopped) this.outcome.failed();
  }

  /**
   * Starts the time without bytes after which an attempt has failed. A page that
   * was busy for longer has this timer and what came meanwhile before it at once:
   * the last turn begins when the rest is over, so that it is heard.
   */
  private watch(): void {
    clearTimeout(this.timer);
    const timeout = Math.min(this.number("httpNotReceivingBytesTimeoutMs"), LONGEST_TIMER_MS);
    const last = Math.min(LAST_TURN_MS, timeout);
    const silent = () => this.fail("bytes-receiving-timeout", "", false);
    this.timer = setTimeout(() => (this.timer = setTimeout(silent, last)), timeout - last);
  }

  /** A setting with which nothing works is the default, as in wasm/config. */
  private number(name: "httpErrorRetries" | "httpNotReceivingBytesTimeoutMs"): number {
    const value = Number(this.config()[name]);
    return value >= 1 ? value : DEFAULT_STREAM_SETTINGS[name];
  }

  private endAttempt(): boolean {
    clearTimeout(this.timer);
    const { attempt } = this;
    this.attempt = undefined;
    attempt?.stop();
    return attempt !== undefined;
  }

  private discard(): void {
    this.chunks = [];
    this.loaded = 0;
    this.total = undefined;
  }
}

/** One request to the origin, and how fast it was. */
class Attempt {
  firstByteAt: number | undefined;
  bytes = 0;
  stop: () => void = () => undefined;

  /** In bits per second from the first byte on; a body in one piece counts as 1 ms. */
  get bandwidth(): number {
    const elapsed = performance.now() - (this.firstByteAt ?? performance.now());
    return Math.max(1, (this.bytes * 8000) / Math.max(1, elapsed));
  }
}

function backoff(failures: number): number {
  const longest = BACKOFF_MS[Math.min(failures, BACKOFF_MS.length) - 1] ?? 0;
  return longest * (0.5 + Math.random() / 2);
}

function join(chunks: Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}
