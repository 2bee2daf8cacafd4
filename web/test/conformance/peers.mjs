// Two pages in one swarm: one has loaded the segments from the origin, the other
// may only take them from it.

/** Settings with which nothing but peers is asked. */
const PATIENT = { httpDownloadInitialTimeoutMs: 60_000 };
const LONGEST_MS = 30_000;
/** How long after a peer has gone npm's core tells of it once more. */
const LATE_MS = 300;

export const scenarios = [
  {
    name: "a segment from a peer",
    async run(giver, taker) {
      await giver.load(0, "onSuccess");
      await taker.load(0, "onSuccess");
      await taker.load(1);
      await giver.load(1, "onSuccess");
      await taker.waits("onSuccess", 2);
      await giver.call("leave");
      await taker.waits("onPeerClose");
    },
  },
  {
    name: "the taker leaves",
    async run(giver, taker) {
      await giver.load(0, "onSuccess");
      await taker.load(0, "onSuccess");
      await taker.call("leave");
      await giver.waits("onPeerClose");
    },
  },
  {
    name: "a validator of what peers send",
    taker: { validates: true },
    async run(giver, taker) {
      await giver.load(0, "onSuccess");
      await taker.load(0, "onSuccess");
    },
  },
  {
    name: "a validator that refuses what peers send",
    taker: { validates: true, refuses: true },
    async run(giver, taker) {
      await giver.load(0, "onSuccess");
      await taker.load(0, "onPeerClose");
      await taker.call("leave");
    },
    until: "onPeerClose", // whether they meet again is the tracker's affair
    misdeed: "p2p-segment-validation-failed",
  },
  {
    name: "who does not upload, and then does",
    giver: { isP2PUploadDisabled: true },
    async run(giver, taker) {
      await giver.load(0, "onSuccess");
      await taker.load(0, "onPeerConnect");
      await giver.waits("onPeerConnect");
      await giver.call("change", { isP2PUploadDisabled: false });
      await taker.waits("onSuccess");
    },
  },
  {
    name: "P2P is disabled while they are connected",
    async run(giver, taker) {
      await giver.load(0, "onSuccess");
      await taker.load(0, "onSuccess");
      await taker.call("change", { isP2PDisabled: true });
      await taker.waits("onPeerClose");
      await giver.waits("onPeerClose");
    },
  },
  {
    name: "the peer ids begin as the page wants",
    giver: { trackerClientVersionPrefix: "-XY1234-" },
    taker: { trackerClientVersionPrefix: "-ZZ9999-" },
    async run(giver, taker) {
      await giver.load(0, "onSuccess");
      await taker.load(0, "onSuccess");
      await giver.waits("onChunkUploaded");
    },
  },
];

/** Runs a scenario. Returns of each the log, how many times it told that a peer has gone, and its errors of peers. */
export async function together({ run, giver, taker, until }, swarmId, giverPage, takerPage) {
  const pages = [new Page(giverPage), new Page(takerPage)];
  await pages[0].call("enter", swarmId, giver);
  await pages[1].call("enter", swarmId, { ...PATIENT, ...taker });
  await run(...pages);
  await new Promise((resolve) => setTimeout(resolve, LATE_MS));
  const logs = await Promise.all(pages.map((page) => page.call("log")));
  await Promise.all(pages.map((page) => page.call("leave")));
  return logs.map((log) => ({
    log: tidy(log, until),
    closes: log.filter((line) => line.includes("onPeerClose")).length,
    errors: log.filter((line) => line.includes("onPeerError")).map(nameless),
  }));
}

/** Whether a peer that leaves is seen to close or to break is a race in the browser. */
export const PEER_ERROR = peerError("ERR_DATA_CHANNEL");

/** A line that tells of an error of a peer. */
export function peerError(code) {
  return `event onPeerError({error: Error named Error {code: "${code}"} with a message, peerId: "-PM0203-…", streamType: "main"})`;
}

/** Without what is different each time. That a peer has gone comes last and once. */
function tidy(log, until) {
  const told = log.map(nameless).filter((line) => !line.includes("onPeerError"));
  const end = told.findIndex((line) => until && line.includes(until));
  const isChunk = (line) => line.startsWith("event onChunk");
  const seen = told.slice(0, end < 0 ? told.length : end + 1).filter((line, i, all) => !isChunk(line) || line !== all[i - 1]);
  const closes = (line) => line.includes("onPeerClose");
  return [...seen.filter((line) => !closes(line)), ...new Set(seen.filter(closes))];
}

/** Without the random part of peer ids, how bytes are cut into chunks, and the browser's own class of errors. */
function nameless(line) {
  return line
    .replace(/(-..\d{4}-)[A-Za-z0-9]{12}/g, "$1…")
    .replace(/(event onChunkUploaded\()\d+/, "$1some bytes")
    .replace(/(event onChunkDownloaded\()\d+(, "p2p")/, "$1some bytes$2")
    .replace("RTCError named OperationError", "Error named Error");
}

/** One of the two. */
class Page {
  constructor(page) {
    this.page = page;
  }

  call(method, ...args) {
    return this.page.evaluate(([method, args]) => window.peer[method](...args), [method, args]);
  }

  /** Asks for a segment, and waits for what is to come of that. */
  async load(index, text) {
    await this.call("load", index);
    if (text) await this.waits(text);
  }

  async waits(text, times = 1) {
    const end = performance.now() + LONGEST_MS;
    while (!(await this.call("has", text, times))) {
      if (performance.now() > end) throw new Error(`in vain: ${text}\n${(await this.call("log")).join("\n")}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
