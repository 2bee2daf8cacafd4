/** Nobody is left alone for longer, whatever it says. */
const LONGEST_MS = 24 * 60 * 60 * 1000;
/** Of the three forms of a date (RFC 9110, section 5.6.7) the last one has no zone, and means GMT. */
const DATE = /^[A-Z][a-z]{2,8},? .*\d(?: GMT)?$/;

/**
 * How long a server asks to be left alone, by its Retry-After (RFC 9110, section
 * 10.2.3), in ms. 0 when it says nothing, nothing that can be read, or a time past.
 *
 * @param date its Date header, where it can be read: its clock may not be ours.
 */
export function readRetryAfter(value: string | null, date: string | null): number {
  const text = value?.trim() ?? "";
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : readDate(text) - (readDate(date ?? "") || Date.now());
  return wait > 0 ? Math.min(wait, LONGEST_MS) : 0;
}

/** NaN where it is none. */
function readDate(text: string): number {
  if (!DATE.test(text)) return NaN;
  return Date.parse(text.endsWith("GMT") ? text : `${text} GMT`);
}
