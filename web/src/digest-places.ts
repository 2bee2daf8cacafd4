// Where origins list the SHA-256 digests of their segments: their answers to requests
// for segments say so, whichever part of the loader makes them.

import { originOf } from "./origins.js";

/** The header of such an answer: the list's address, seen from the segment's. */
const HEADER = "Segments-SHA256";
/** Where the list is by convention. */
const USUAL = "segments-sha256.json";

/** What each origin said last, "" where that was nothing. */
const said = new Map<string, string>();

/**
 * The origin of that address has given a segment, or a part of it.
 *
 * One that redirects is told by what it was asked for: playlists and lists name that, and
 * where it sends whom is its own affair, of the list as of the segment.
 */
export function noteAnswer(segmentUrl: string, headers: Headers): void {
  said.set(originOf(segmentUrl), headers.get(HEADER) ?? "");
}

/**
 * The address of the list that a segment's digest is to be in; "" where its origin has none.
 * The segment's query is not part of it. An origin that has given nothing yet may be down
 * while peers hold its segments: the list is looked for where it usually is, then.
 *
 * @param option where the page says that it is, seen from the segment; "" where it does not.
 */
export function findList(segmentUrl: string, option: string): string {
  if (option) return resolve(option, segmentUrl) ?? option; // which cannot be fetched, and the page hears of that
  const place = said.get(originOf(segmentUrl)) ?? USUAL;
  return (place && resolve(place, segmentUrl)) || "";
}

function resolve(place: string, segmentUrl: string): string | undefined {
  try {
    return new URL(place, segmentUrl).href;
  } catch {
    return undefined; // such as data: has nothing beside it
  }
}
