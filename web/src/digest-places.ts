// Where origins list the SHA-256 digests of their segments: their answers to requests
// for segments say so, whichever part of the loader makes them.

import { originOf } from "./origins.js";

/** The header of such an answer: the list's address, seen from the segment's. */
const HEADER = "Segments-SHA256";
/** Where the list is by convention. */
const USUAL = "segments-sha256.json";

/** A word of a list is good until so many answers in a row had none: one may come from elsewhere, or from an edge that drops it. */
const SILENCES = 3;
/** Of so many folders and origins it is known what they said. */
const MOST_KNOWN = 1000;

/** What a folder, or an origin, said last: "" where that was nothing. */
interface Word {
  place: string;
  /** Answers in a row since, which said nothing. */
  silences: number;
}

/** By the address of each folder, and by each origin for folders that have said nothing yet; the latest last. */
const said = new Map<string, Word>();

/**
 * The origin of that address has given a segment, or a part of it.
 *
 * One that redirects is told by what it was asked for: playlists and lists name that, and
 * where it sends whom is its own affair, of the list as of the segment.
 */
export function noteAnswer(segmentUrl: string, headers: Headers): void {
  const place = headers.get(HEADER) ?? "";
  for (const speaker of new Set([folderOf(segmentUrl), originOf(segmentUrl)])) note(speaker, place);
}

function note(speaker: string, place: string): void {
  const before = said.get(speaker);
  const silences = place || !before?.place ? 0 : before.silences + 1;
  said.delete(speaker);
  said.set(speaker, silences > 0 && silences < SILENCES ? { place: before!.place, silences } : { place, silences: 0 });
  if (said.size > MOST_KNOWN) said.delete(said.keys().next().value!);
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
  const word = said.get(folderOf(segmentUrl)) ?? said.get(originOf(segmentUrl));
  const place = word?.place ?? USUAL;
  return (place && resolve(place, segmentUrl)) || "";
}

/** The segment's address without name and query; "" where there is none. */
function folderOf(segmentUrl: string): string {
  return resolve(".", segmentUrl) ?? "";
}

function resolve(place: string, segmentUrl: string): string | undefined {
  try {
    return new URL(place, segmentUrl).href;
  } catch {
    return undefined; // such as data: has nothing beside it
  }
}
