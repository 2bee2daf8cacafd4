// Where the server's STUN is, which the page cannot know from its own address.

const USUAL_STUN_PORT = 3478;
/** The page does not wait longer than this to hear it. */
const ASK_FOR_MS = 1000;

/** The address of the server's STUN; undefined where it runs none. */
export async function stunAddress(page: Location): Promise<string | undefined> {
  const port = await stunPort();
  // hostname has the brackets of an IPv6 address already
  return port === null ? undefined : `stun:${page.hostname}:${port}`;
}

async function stunPort(): Promise<number | null> {
  try {
    const response = await fetch("endpoints.json", { signal: AbortSignal.timeout(ASK_FOR_MS) });
    const { stun } = (await response.json()) as { stun: number | null };
    return stun;
  } catch {
    return USUAL_STUN_PORT; // behind a server that is not ours
  }
}
