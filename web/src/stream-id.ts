// The index of a stream: the same for every viewer, whatever the player, since
// the swarm is named by it. The rules are those of p2p-media-loader-core 2.3.

/** What is known of a stream from the manifest. */
export type GenerateStreamShortIdProps = {
  bitrate?: number | null;
  codecs?: string | null;
  width?: number | null;
  height?: number | null;
  language?: string | null;
  channels?: string | number | null;
  name?: string | null;
  frameRate?: number | string | null;
  videoRange?: string | null;
};

/** The base64 of a SHA-1 over the stream's normalised properties. */
export function generateStreamShortId(stream: GenerateStreamShortIdProps): string {
  const { language, channels, frameRate } = stream;
  const identity = [
    stream.bitrate ?? 0,
    stream.codecs ? stream.codecs.split(",").map(normalCodec).sort().join(",") : "",
    stream.width ?? "",
    stream.height ?? "",
    language && language !== "und" ? language.slice(0, 2).toLowerCase() : "",
    channels ? String(channels).split("/")[0] : "",
    stream.name?.toLowerCase().trim() ?? "",
    frameRate && !Number.isNaN(Number(frameRate)) ? String(Number(frameRate)) : "",
    stream.videoRange?.toUpperCase().trim() ?? "",
  ].join("-");
  return btoa(String.fromCharCode(...sha1(new TextEncoder().encode(identity))));
}

/** Manifests of before iOS 4 write `avc1.66.30` for what is now `avc1.42001e` (RFC 6381). */
function normalCodec(codec: string): string {
  const name = codec.trim().toLowerCase();
  const decimal = /^(avc1?)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/.exec(name);
  if (!decimal) return name;
  const [, family, profile, level] = decimal;
  return `${family}.${hexByte(profile)}00${hexByte(level)}`;
}

function hexByte(decimal: string | undefined): string {
  return Number(decimal).toString(16).padStart(2, "0");
}

/**
 * SHA-1 (RFC 3174): 20 bytes. crypto.subtle has it too, but answers later, and
 * only on secure pages.
 */
function sha1(message: Uint8Array): Uint8Array {
  const blocks = Math.ceil((message.length + 9) / 64);
  const padded = new Uint8Array(blocks * 64);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(message.length) * 8n);

  const state = new Uint32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]);
  const words = new Uint32Array(80);
  for (let block = 0; block < padded.length; block += 64) {
    for (let i = 0; i < 80; i++) {
      words[i] = i < 16
        ? view.getUint32(block + i * 4)
        : rotate(words[i - 3]! ^ words[i - 8]! ^ words[i - 14]! ^ words[i - 16]!, 1);
    }
    let [a, b, c, d, e] = state as unknown as [number, number, number, number, number];
    for (let i = 0; i < 80; i++) {
      const [f, k] =
        i < 20 ? [(b & c) | (~b & d), 0x5a827999]
        : i < 40 ? [b ^ c ^ d, 0x6ed9eba1]
        : i < 60 ? [(b & c) | (b & d) | (c & d), 0x8f1bbcdc]
        : [b ^ c ^ d, 0xca62c1d6];
      const next = (rotate(a, 5) + f + e + k + words[i]!) | 0;
      [e, d, c, b, a] = [d, c, rotate(b, 30), a, next];
    }
    [a, b, c, d, e].forEach((word, i) => (state[i]! += word));
  }

  const digest = new DataView(new ArrayBuffer(20));
  state.forEach((word, i) => digest.setUint32(i * 4, word));
  return new Uint8Array(digest.buffer);
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
