import type { ByteRange, StreamConfig } from "./types.js";

/**
 * Asks the page's validator, which gets a copy: it may keep or transfer it.
 * One that throws or rejects says false.
 */
export async function isValid(
  validator: StreamConfig["validateHTTPSegment"],
  url: string,
  byteRange: ByteRange | undefined,
  bytes: Uint8Array,
): Promise<boolean> {
  if (!validator) return true;
  try {
    return await validator(url, byteRange, copyBuffer(bytes));
  } catch {
    return false;
  }
}

/** The bytes in a buffer of their own. */
export function copyBuffer(bytes: Uint8Array): ArrayBuffer {
  return bytes.slice().buffer as ArrayBuffer;
}
