// A list of digests, fetched as the page fetches its segments.

import type { StreamConfig } from "./types.js";

/** After so long in which nothing comes it is given up. */
const SILENCE_MS = 10_000;

/**
 * Fetches a list of up to `limit` bytes; one that is longer is given up as soon as that shows.
 *
 * @param requestSetup makes the request, when the page wants to, as for segments.
 * @param done is called once: without a list it says why.
 * @returns what stops it; `done` is not called after that.
 */
export function fetchList(
  url: string,
  limit: number,
  requestSetup: StreamConfig["httpRequestSetup"],
  done: (list: Uint8Array | undefined, why: string) => void,
): () => void {
  const controller = new AbortController();
  const { signal } = controller;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function stop(): void {
    clearTimeout(timer);
    controller.abort("abort");
  }

  function end(list: Uint8Array | undefined, why: string): void {
    if (signal.aborted) return;
    stop();
    done(list, why);
  }

  function isAlive(): void {
    clearTimeout(timer);
    if (!signal.aborted) timer = setTimeout(() => end(undefined, `nothing came for ${SILENCE_MS / 1000} s`), SILENCE_MS);
  }

  isAlive();
  read(url, limit, requestSetup, isAlive, signal).then(
    (list) => end(list, ""),
    (error: unknown) => end(undefined, error instanceof Error ? error.message : String(error)),
  );
  return stop;
}

async function read(
  url: string,
  limit: number,
  requestSetup: StreamConfig["httpRequestSetup"],
  isAlive: () => void,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const custom = await requestSetup?.(url, undefined, signal, undefined);
  signal.throwIfAborted();
  const response = await fetch(custom ?? new Request(url, { signal }));
  // The page's own request may not carry our signal.
  const leave = () => void response.body?.cancel().catch(() => undefined);
  if (signal.aborted || !response.ok || !response.body) {
    leave();
    throw new Error(`HTTP status ${response.status} ${response.statusText}`.trimEnd());
  }
  const reader = response.body.getReader();
  signal.addEventListener("abort", () => void reader.cancel().catch(() => undefined));
  const chunks: Uint8Array[] = [];
  for (let length = 0; ; ) {
    isAlive();
    const { done, value } = await reader.read();
    if (done) return new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer());
    chunks.push(value);
    length += value.byteLength;
    if (length > limit) throw new Error(`the list has more than ${limit} bytes`);
  }
}
