// The origins that fail at present, and how long each is left alone: for what is
// loaded without the module what wasm/loader/site.go is for the rest.

import type { RequestErrorType } from "./errors.js";
import { HTTP_RULES } from "./generated/settings.js";
import type { FetchFailure } from "./port.js";

/** Why an attempt failed: its response, or what was made of it. */
export type HttpFailure = Omit<FetchFailure, "type"> & { type: RequestErrorType };

/** One that fails; times as `performance.now()` tells them. */
interface Failing {
  /** In a row. */
  failures: number;
  failedAt: number;
  /** It is left alone before. */
  retryAt: number;
  /** It asks to be left alone before. */
  wish: number;
}

export class Origins {
  private readonly failing = new Map<string, Failing>();
  /** One of them has at some time, or what it gave was of no use. */
  haveFailed = false;

  /** How long the origin of an address is to be left alone from now on, in ms, while the player waits. */
  rest(url: string): number {
    const origin = this.failing.get(originOf(url));
    if (!origin) return 0;
    const wish = Math.min(origin.wish, origin.failedAt + HTTP_RULES.longestWishMs);
    return Math.max(origin.retryAt, wish) - performance.now();
  }

  /** It gives what it is asked for. */
  answered(url: string): void {
    this.failing.delete(originOf(url));
  }

  /**
   * It did not.
   *
   * @param failures of this download, in a row.
   * @returns how long to wait before the next attempt, in ms.
   */
  failed(url: string, failure: HttpFailure, failures: number): number {
    this.haveFailed = true;
    if (!isOfTheOrigin(failure)) {
      this.answered(url);
      return pause(failures);
    }
    const failedAt = performance.now();
    const former = this.failing.get(originOf(url));
    const inARow = (former?.failures ?? 0) + 1;
    const wait = pause(Math.max(failures, inARow));
    const retryAt = failedAt + wait;
    const wish = failure.retryAfterMs > 0 ? retryAt + failure.retryAfterMs : (former?.wish ?? 0);
    this.failing.set(originOf(url), { failures: inARow, failedAt, retryAt, wish });
    return wait;
  }
}

/**
 * How long after the first such failure the player is not told, in ms; 0 where
 * another attempt mends nothing, or hls.js alone would not make one.
 */
export function patience({ type, status }: HttpFailure): number {
  if (type === "bytes-receiving-timeout") return HTTP_RULES.silentPatienceMs;
  return status === 408 || status === 429 || status >= 500 ? HTTP_RULES.failingPatienceMs : 0;
}

/** Whether other segments would fail as well: it is busy, fails, says nothing or cannot be reached. */
function isOfTheOrigin(failure: HttpFailure): boolean {
  return patience(failure) > 0 || (failure.type === "http-error" && failure.status === 0);
}

/** The rest after so many failures in a row, in ms. */
function pause(failures: number): number {
  const whole = Math.min(HTTP_RULES.longestRestMs, HTTP_RULES.firstRestMs * 2 ** (failures - 1));
  return whole * (0.5 + Math.random() / 2);
}

/** "" where there is none. */
export function originOf(url: string): string {
  try {
    return new URL(url).origin;
  } catch {
    return ""; // the request will fail
  }
}
