import type { Segment, SegmentWithStream } from "./types.js";

/** A segment as events and the module get it: without its stream. */
export function plainSegment(segment: Segment | SegmentWithStream): Segment {
  const { runtimeId, externalId, url, byteRange, startTime, endTime } = segment;
  return { runtimeId, externalId, url, byteRange, startTime, endTime };
}
