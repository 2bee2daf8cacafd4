import type { ByteRange, Segment, SegmentWithStream } from "./types.js";

/**
 * The segment as the playlist has it by now: an origin that signs its addresses
 * gives new ones each time, and with them runtime ids.
 */
export function relisted(segment: SegmentWithStream): SegmentWithStream {
  const { stream, runtimeId, externalId, byteRange } = segment;
  if (stream.segments.has(runtimeId)) return segment;
  const isSame = (other: SegmentWithStream) =>
    other.externalId === externalId && sizeOf(other.byteRange) === sizeOf(byteRange);
  return [...stream.segments.values()].find(isSame) ?? segment;
}

function sizeOf(range: ByteRange | undefined): number | undefined {
  return range && range.end - range.start;
}

/** A segment as events and the module get it: without its stream. */
export function plainSegment(segment: Segment | SegmentWithStream): Segment {
  const { runtimeId, externalId, url, byteRange, startTime, endTime } = segment;
  return { runtimeId, externalId, url, byteRange, startTime, endTime };
}
