// A viewer's name on the page is a part of its peer id, so that what one tab
// calls itself is what the others see. The loader lets us choose how the id
// begins; it adds four characters of its own, others for each rendition.

const CLIENT = "-PM0203-";
const NAME_LENGTH = 8;
const LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";

export function newPeerIdPrefix(): string {
  const random = crypto.getRandomValues(new Uint8Array(NAME_LENGTH));
  return CLIENT + Array.from(random, (byte) => LETTERS[byte % LETTERS.length]).join("");
}

/** The name of the viewer with that peer id. */
export function nameOf(peerId: string): string {
  return peerId.slice(CLIENT.length, CLIENT.length + NAME_LENGTH);
}

/** What all peer ids of one viewer have in common: its client and its name. */
export function viewerOf(peerId: string): string {
  return peerId.slice(0, CLIENT.length + NAME_LENGTH);
}

/**
 * Which generation of P2P Media Loader a peer speaks, such as 2.3; of another
 * client what it calls itself, such as WW0102.
 */
export function generationOf(peerId: string): string {
  const [, client, major, minor] = /^-([A-Za-z]{2})(\d\d)(\d\d)-/.exec(peerId) ?? [];
  if (client === undefined) return "unknown";
  return client === "PM" ? `${Number(major)}.${Number(minor)}` : `${client}${major}${minor}`;
}
