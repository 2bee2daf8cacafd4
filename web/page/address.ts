// Where the page finds its stream, its tracker and its STUN server: at its own
// address, unless the query says otherwise.

export interface Addresses {
  stream: string;
  tracker: string;
  /** Undefined where the server runs none. */
  stun: string | undefined;
  swarm: string;
  p2p: boolean;
}

/**
 * Reads `?stream=`, `?tracker=`, `?swarm=` and `?p2p=off`.
 *
 * The swarm is named by the stream's path alone, so that a viewer at localhost
 * and one at an address of the local network meet.
 */
export function addresses(page: Location, port: number | null): Addresses {
  const query = new URLSearchParams(page.search);
  const stream = new URL(query.get("stream") ?? "/hls/master.m3u8", page.href);
  const scheme = page.protocol === "https:" ? "wss:" : "ws:";
  return {
    stream: stream.href,
    tracker: query.get("tracker") ?? `${scheme}//${page.host}/`,
    // hostname has the brackets of an IPv6 address already
    stun: port === null ? undefined : `stun:${page.hostname}:${port}`,
    swarm: query.get("swarm") ?? `p2p-mediastream-demo${stream.pathname}`,
    p2p: query.get("p2p") !== "off",
  };
}

const USUAL_STUN_PORT = 3478;
/** The page does not wait longer than this to hear where STUN is. */
const ASK_FOR_MS = 1000;

/** The port of the server's STUN, null when it is off. */
export async function stunPort(): Promise<number | null> {
  try {
    const response = await fetch("endpoints.json", { signal: AbortSignal.timeout(ASK_FOR_MS) });
    const { stun } = (await response.json()) as { stun: number | null };
    return stun;
  } catch {
    return USUAL_STUN_PORT; // behind a server that is not ours
  }
}
