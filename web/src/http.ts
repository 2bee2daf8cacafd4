// One download of a segment from the origin: what is asked for, what counts as
// an answer, and how it ends. The module and the early loader both use it.

import { RequestError, type HttpRequestErrorType } from "./errors.js";
import type { FetchRequest, FetchSink } from "./port.js";
import type { StreamConfig } from "./types.js";

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
    if (signal.aborted) return;
    const { type, message, discard } = asFailure(error);
    sink.failed(type, message, discard);
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

  const { from, total } = readHeaders(response, request, range);
  if (!response.body) throw new Failure("http-error", "Missing response body");
  sink.headers(from, total);

  const received = await pump(response.body, sink, signal);
  if (received === undefined) return;
  if (from + received === 0) throw new Failure("http-bytes-mismatch", "The response is empty");
  // On another origin, a compressed response shows its length and hides that it
  // is compressed: a whole one may have more bytes than announced.
  const isLonger = total !== undefined && from + received > total;
  if (total !== undefined && from + received !== total && !(isLonger && response.status === 200)) {
    // Too many bytes are no reason to keep them for a next attempt.
    const text = `HTTP response has ${from + received} of ${total} bytes`;
    throw new Failure("http-bytes-mismatch", text, isLonger);
  }
  sink.done();
}

/** Hands the body over as it comes. Returns its length, or undefined when stopped. */
async function pump(
  body: ReadableStream<Uint8Array>,
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
    if (value.byteLength === 0) continue;
    received += value.byteLength;
    sink.chunk(value);
  }
}

function rangeToAskFor({ byteRange, from }: FetchRequest): Range | undefined {
  if (byteRange) return { start: byteRange.start + from, end: byteRange.end };
  return from > 0 ? { start: from } : undefined;
}

function rangeHeader(range: Range | undefined): HeadersInit | undefined {
  return range && { Range: `bytes=${range.start}-${range.end ?? ""}` };
}

/** Where the body begins in the segment, and the segment's size where it is told. */
function readHeaders(
  response: Response,
  request: FetchRequest,
  range: Range | undefined,
): { from: number; total: number | undefined } {
  const { status, statusText } = response;
  if (status === 406 || status === 416) throw new Failure("http-bytes-mismatch", statusText, true);
  if (!response.ok) throw new Failure("http-error", statusText || `HTTP status ${status}`);

  if (!range) return { from: 0, total: request.total ?? announcedLength(response) };
  if (status === 200 && !request.byteRange) return { from: 0, total: announcedLength(response) };
  if (status === 200) throw new Failure("http-unexpected-status-code", "");
  if (status !== 206) throw new Failure("http-unexpected-status-code", statusText);
  return { from: request.from, total: readPartHeaders(response, request, range) };
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
    throw new Failure("http-bytes-mismatch", "The response is not the range asked for", true);
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

/** How a download failed, and whether the bytes held so far are void by it. */
class Failure extends RequestError<HttpRequestErrorType> {
  constructor(
    type: HttpRequestErrorType,
    message: string,
    readonly discard = false,
  ) {
    super(type, message);
  }
}

/** What fetch or the page's own request setup throws is an http-error. */
function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  return new Failure("http-error", error instanceof Error ? error.message : String(error));
}
