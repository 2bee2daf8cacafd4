// Values as text that can be compared: keys in the order of the alphabet,
// undefined told from missing, errors with their classes, buffers with a digest
// of their bytes, and what differs from run to run by what it is.

import { OWN_OPTIONS } from "./own-options.js";

/**
 * @param value anything.
 * @param rename turns a string into what it is called in every run.
 */
export function describe(value, rename = (text) => text, around = []) {
  const inner = (each) => describe(each, rename, [...around, value]);
  if (typeof value === "string") return JSON.stringify(rename(value));
  if (typeof value === "function") return "function";
  if (typeof value !== "object" || value === null) return String(value);
  if (around.includes(value)) return "(again)";
  if (value instanceof ArrayBuffer) return `ArrayBuffer of ${digest(new Uint8Array(value))}`;
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${digest(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))}`;
  if (value instanceof AbortSignal) return `AbortSignal, ${value.aborted ? "aborted" : "open"}`;
  if (value instanceof Error) return describeError(value, inner);
  if (Array.isArray(value)) return `[${value.map(inner).join(", ")}]`;
  if (value instanceof Map) return `Map {${[...value].map(([key, each]) => `${inner(key)} => ${inner(each)}`).join(", ")}}`;
  // Options of ours are compared when they are set.
  const keys = Object.keys(value).filter((key) => !(OWN_OPTIONS.includes(key) && value[key] === undefined)).sort();
  const prototype = Object.getPrototypeOf(value);
  const kind = prototype === Object.prototype ? "" : `${prototype === null ? "null" : prototype.constructor.name} `;
  return `${kind}{${keys.map((key) => `${key}: ${inner(value[key])}`).join(", ")}}`;
}

/** A time is told as a time: that it is a sane one, not which. */
function describeError(error, inner) {
  const own = Object.keys(error).sort().map((key) => {
    if (key === "retryInMs") return `retryInMs: ${error.retryInMs >= 0 && error.retryInMs < 60_000 ? "a time" : error.retryInMs}`;
    if (key !== "timestamp") return `${key}: ${inner(error[key])}`;
    const sane = error.timestamp > 0 && error.timestamp <= performance.now();
    return `timestamp: ${sane ? "a time" : String(error.timestamp)}`;
  });
  return `${error.constructor.name} named ${error.name} {${own.join(", ")}} ${message(error, inner)}`;
}

/**
 * What the origin, the browser or the page said is told word by word, and else that
 * something was said. Ours puts the status before the origin's words.
 */
function message({ type, message }, inner) {
  if (type === "http-error") return inner(message.replace(/^HTTP status \d+ /, ""));
  return message ? "with a message" : "without a message";
}

/** Length and FNV-1a: it need not withstand anybody, and answers at once. */
function digest(bytes) {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return `${bytes.length} bytes #${(hash >>> 0).toString(16)}`;
}
