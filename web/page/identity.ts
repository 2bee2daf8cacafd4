// A viewer's name on the page is a part of its peer id, so that what one tab
// calls itself is what the others see. The loader lets us choose how the id
// begins; it adds four characters of its own.

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
