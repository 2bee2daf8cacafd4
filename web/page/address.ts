// Where the page finds its stream, its tracker and its STUN server: at its own
// address, unless the query says otherwise.

export interface Addresses {
  stream: string;
  tracker: string;
  stun: string;
  swarm: string;
  p2p: boolean;
}

/**
 * Reads `?stream=`, `?tracker=`, `?swarm=` and `?p2p=off`.
 *
 * The swarm is named by the stream's path alone, so that a viewer at localhost
 * and one at an address of the local network meet.
 */
export function addresses(page: Location, stunPort: string): Addresses {
  const query = new URLSearchParams(page.search);
  const stream = new URL(query.get("stream") ?? "/hls/master.m3u8", page.href);
  const scheme = page.protocol === "https:" ? "wss:" : "ws:";
  return {
    stream: stream.href,
    tracker: query.get("tracker") ?? `${scheme}//${page.host}/`,
    // hostname has the brackets of an IPv6 address already
    stun: `stun:${page.hostname}:${stunPort}`,
    swarm: query.get("swarm") ?? `p2p-mediastream-demo${stream.pathname}`,
    p2p: query.get("p2p") !== "off",
  };
}
