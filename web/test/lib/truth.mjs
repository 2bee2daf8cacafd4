// Whether players were given what the origin has.

import { createHash } from "node:crypto";

/** What the origin has, by SHA-256, for as long as it has it and after. */
export class Truth {
  #digests = new Map();

  /** @param origin the address of the server. */
  constructor(origin) {
    this.origin = origin;
  }

  /** Reads what is not known yet of these segments, as in-page/given.js writes them, and is still there. */
  async learn(segments) {
    const paths = new Set(segments.map(pathOf).filter((path) => !this.#digests.has(path)));
    await Promise.all([...paths].map(async (path) => {
      const response = await fetch(this.origin + path);
      if (response.status !== 200) return;
      this.#digests.set(path, createHash("sha256").update(new Uint8Array(await response.arrayBuffer())).digest("hex"));
    }));
  }

  /** Returns `compared`, how many of these segments are known and hashed, and `untrue`: those that are not the origin's. */
  compare(segments) {
    const known = segments.filter((segment) => segment.sha256 && this.#digests.has(pathOf(segment)));
    return { compared: known.length, untrue: known.filter((segment) => segment.sha256 !== this.#digests.get(pathOf(segment))) };
  }
}

const pathOf = ({ url }) => new URL(url).pathname;
