// A thread of its own for SHA-256: a browser may compute it on the thread that asks, as
// Chromium 156 does, for a millisecond or more for each megabyte.

import { join, type Chunks } from "./chunks.js";

/** What runs there. It gives back the buffer that it was given. */
const SOURCE = `onmessage = async ({ data: [id, buffer, length] }) => {
  const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(buffer, 0, length)).catch(() => null);
  postMessage([id, digest, buffer], [buffer]);
};`;

/** How many buffers are kept for the next segments. */
const SPARE = 2;

/** The thread, from the first digest on. Secure pages alone can have it. */
export class DigestThread {
  /** Null where there is none, or none any more: a page's policy may not want it. */
  private worker: Worker | null | undefined;
  private readonly waiting = new Map<number, (digest: Uint8Array | undefined) => void>();
  private readonly spare: ArrayBuffer[] = [];
  private last = 0;

  /** The digest of all bytes; undefined where it cannot be computed there. They may change once this returns. */
  compute(pieces: readonly (Uint8Array | Chunks)[]): Promise<Uint8Array | undefined> {
    if (this.worker === undefined) this.worker = this.start();
    const { worker } = this;
    if (!worker) return Promise.resolve(undefined);
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const buffer = this.buffer(length);
    join(pieces, new Uint8Array(buffer));
    const id = ++this.last;
    worker.postMessage([id, buffer, length], [buffer]);
    return new Promise((resolve) => this.waiting.set(id, resolve));
  }

  private start(): Worker | null {
    try {
      const worker = new Worker(URL.createObjectURL(new Blob([SOURCE], { type: "text/javascript" })));
      worker.onmessage = ({ data: [id, digest, buffer] }: MessageEvent<[number, ArrayBuffer | null, ArrayBuffer]>) => {
        if (this.spare.length < SPARE) this.spare.push(buffer);
        this.answer(id, digest ? new Uint8Array(digest) : undefined);
      };
      worker.onerror = (event) => {
        event.preventDefault(); // it is no fault of the page's
        worker.terminate();
        this.worker = null;
        for (const id of [...this.waiting.keys()]) this.answer(id, undefined);
      };
      return worker;
    } catch {
      return null;
    }
  }

  private answer(id: number, digest: Uint8Array | undefined): void {
    this.waiting.get(id)?.(digest);
    this.waiting.delete(id);
  }

  /** One of at least so many bytes. A new one takes longer to fill than a used one. */
  private buffer(length: number): ArrayBuffer {
    const spare = this.spare.pop();
    return spare && spare.byteLength >= length ? spare : new ArrayBuffer(length);
  }
}
