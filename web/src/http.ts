// One download of a segment from the origin: what is asked for, what counts as
// an answer, and how it ends. The module and the early loader both use it.

import { noteAnswer } from "./digest-places.js";
import type { HttpRequestErrorType } from "./errors.js";
import type { FetchFailure, FetchRequest, FetchSink } from "./port.js";
import { readRetryAfter } from "./retry-after.js";
import type { ByteRange, StreamConfig } from "./types.js";

type Range = { start: number; end?: number };

/**
 * Begins a download from byte `request.from` of the segment on.
 *
 * @param requestSetup makes the request, when the page wants to.
 * @returns what stops it; the sink hears nothing after that.
 */
export function download(
  request: FetchRequest,
  requestSetup: StreamConfig["httpRequestSetup"],
  sink: FetchSink,
): () => void {
  const controller = new AbortController();
  const { signal } = controller;
  transfer(request, requestSetup, sink, signal).catch((error: unknown) => {
    if (!signal.aborted) sink.failed(asFailure(error).told);
  });
  return () => controller.abort("abort");
}

async function transfer(
  request: FetchRequest,
  requestSetup: StreamConfig["httpRequestSetup"],
  sink: FetchSink,
  signal: AbortSignal,
): Promise<void> {
  const { url, byteRange } = request;
  const range = rangeToAskFor(request);
  const custom = await requestSetup?.(url, byteRange && { ...byteRange }, signal, range && { ...range });
  if (signal.aborted) return;
  const response = await fetch(custom ?? new Request(url, { headers: rangeHeader(range), signal }));
  if (signal.aborted) return void response.body?.cancel();

  const { from, total, part } = readHeaders(response, request, range);
  noteAnswer(url, response.headers);
  if (!response.body) throw new Failure("http-error", "Missing response body", { status: response.status });
  sink.headers(from, total);

  const received = await pump(response.body, part, sink, signal);
  if (received === undefined) return;
  if (from + received === 0) throw new Failure("http-bytes-mismatch", "The response is empty");
  // On another origin, a compressed response shows its length and hides that it
  // is compressed: a whole one may have more bytes than announced.
  const isLonger = total !== undefined && from + received > total;
  if (total !== undefined && from + received !== total && !(isLonger && response.status === 200)) {
    // Too many bytes are no reason to keep them for a next attempt.
    const text = `HTTP response has ${from + received} of ${total} bytes`;
    throw new Failure("http-bytes-mismatch", text, { discard: isLonger });
  }
  sink.done();
}

/** Hands the part of the body over as it comes. Returns its length, or undefined when stopped. */
async function pump(
  body: ReadableStream<Uint8Array>,
  { skip, take }: Part,
  sink: FetchSink,
  signal: AbortSignal,
): Promise<number | undefined> {
  const reader = body.getReader();
  // The page's own request may not carry our signal.
  signal.addEventListener("abort", () => void reader.cancel().catch(() => undefined));
  let received = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (signal.aborted) return undefined;
    if (done) return received;
    const begin = Math.min(skip, value.byteLength);
    skip -= begin;
    const bytes = value.subarray(begin, begin + take - received);
    received += bytes.byteLength;
    sink.chunk(bytes);
    if (signal.aborted) return undefined; // by who heard of it
    if (received < take) continue;
    void reader.cancel().catch(() => undefined);
    return received;
  }
}

function rangeToAskFor({ byteRange, from }: FetchRequest): Range | undefined {
  if (byteRange) return { start: byteRange.start + from, end: byteRange.end };
  return from > 0 ? { start: from } : undefined;
}

function rangeHeader(range: Range | undefined): HeadersInit | undefined {
  return range && { Range: `bytes=${range.start}-${range.end ?? ""}` };
}

/** Which bytes of the body are meant: so many after those to skip. */
type Part = { skip: number; take: number };
const WHOLE: Part = { skip: 0, take: Infinity };

/** Where the body's part begins in the segment, and the segment's size where it is told. */
function readHeaders(
  response: Response,
  request: FetchRequest,
  range: Range | undefined,
): { from: number; total: number | undefined; part: Part } {
  const { status, statusText, headers } = response;
  const text = `HTTP status ${status} ${statusText}`.trimEnd();
  if (status === 406 || status === 416) throw new Failure("http-bytes-mismatch", text, { discard: true, status });
  if (!response.ok) {
    const retryAfterMs = readRetryAfter(headers.get("Retry-After"), headers.get("Date"));
    throw new Failure("http-error", text, { status, retryAfterMs });
  }

  if (!range) return { from: 0, total: request.total ?? announcedLength(response), part: WHOLE };
  if (status === 200 && !request.byteRange) return { from: 0, total: announcedLength(response), part: WHOLE };
  if (status === 200) return { from: request.from, ...cutOut(response, request.byteRange!, request.from) };
  if (status !== 206) throw new Failure("http-unexpected-status-code", text, { status });
  return { from: request.from, total: readPartHeaders(response, request, range), part: WHOLE };
}

/**
 * The range in a body that is the whole resource: there are servers that know no
 * ranges. A body with the length of the range is nothing but that: the whole is
 * longer, unless it begins there.
 */
function cutOut(response: Response, { start, end }: ByteRange, from: number): { total: number; part: Part } {
  const total = end - start + 1;
  const take = total - from;
  const isCut = announcedLength(response) === take;
  return { total, part: { skip: isCut ? 0 : start + from, take } };
}

/** Checks that the part is the one asked for, as far as the headers tell. */
function readPartHeaders(response: Response, request: FetchRequest, range: Range): number | undefined {
  const size = request.byteRange && request.byteRange.end - request.byteRange.start + 1;
  const total = request.total ?? size;
  const expected = total === undefined ? undefined : total - request.from;
  const part = parseContentRange(response.headers.get("Content-Range"));
  const partLength = part && part.to - part.from + 1;
  const length = announcedLength(response);
  if (
    differ(length, expected) ||
    differ(partLength, expected) ||
    differ(part?.from, range.start) ||
    differ(part?.to, range.end)
  ) {
    throw new Failure("http-bytes-mismatch", "The response is not the range asked for", { discard: true });
  }
  return total ?? part?.total;
}

function differ(a: number | undefined, b: number | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}

/** Content-Length, unless it counts compressed bytes, which the body does not have. */
function announcedLength({ headers }: Response): number | undefined {
  const encoding = headers.get("Content-Encoding");
  const length = headers.get("Content-Length");
  if (!length || (encoding && encoding !== "identity")) return undefined;
  return Number(length);
}

/** RFC 9110, section 14.4; undefined when it is absent, unsatisfied or not in bytes. */
function parseContentRange(header: string | null) {
  const match = /^bytes (\d+)-(\d+)\/(?:(\d+)|\*)$/.exec(header?.trim() ?? "");
  if (!match) return undefined;
  const [, from, to, total] = match;
  return {
    from: Number(from),
    to: Number(to),
    total: total === undefined ? undefined : Number(total),
  };
}

/** How a download failed. */
class Failure extends Error {
  readonly told: FetchFailure;

  constructor(type: HttpRequestErrorType, message: string, more: Partial<FetchFailure> = {}) {
    super(message);
    this.told = { type, message, discard: false, status: 0, retryAfterMs: 0, ...more };
  }
}

/** What fetch or the page's own request setup throws is an http-error. */
function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  return new Failure("http-error", error instanceof Error ? error.message : String(error));
}
