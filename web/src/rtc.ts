// Connections as the page wants them: by what it has put in the place of
// RTCPeerConnection, if it has, and with its own rtcConfig. That is handed on as
// it is, so that what browsers learn needs nothing of us.

import type { Refusal } from "./port.js";

/** What npm's simple-peer has instead of servers that a page's rtcConfig does not name. */
const USUAL_SERVERS: RTCIceServer[] = [
  { urls: ["stun:stun.l.google.com:19302", "stun:global.stun.twilio.com:3478"] },
];

/** Makes a connection, or says why the browser does not. */
export function connect(rtcConfig: object | null | undefined): RTCPeerConnection | Refusal {
  try {
    return closedBetweenSteps(new window.RTCPeerConnection({ iceServers: USUAL_SERVERS, ...rtcConfig }));
  } catch (error) {
    // By the specification, UnknownError is all that is not about the configuration.
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { refusal: message, forGood: name !== "UnknownError" };
  }
}

/**
 * Counts bytes and STUN messages that a connection has received: another number is a
 * sign of life of the other end's machine. It is -1 where the browser does not tell.
 */
export async function received(connection: RTCPeerConnection): Promise<number> {
  let count = 0;
  try {
    for (const stats of (await connection.getStats()).values() as Iterable<RTCStats & Record<string, number | undefined>>) {
      if (stats.type !== "candidate-pair" || stats.bytesReceived === undefined) continue;
      const { bytesReceived, requestsReceived = 0, responsesReceived = 0 } = stats;
      count += 1 + bytesReceived + requestsReceived + responsesReceived;
    }
  } catch {
    // as where nothing is told
  }
  return count || -1;
}

/** What is told of servers, by their names and ports: one of TURN is asked by STUN as well. */
export interface ServerSink {
  unanswered(server: string, reason: string): void;
  answered(server: string): void;
}

/**
 * Tells of each STUN or TURN server that answers with an address, and of each that does not
 * answer, once the connection has looked for all its addresses; with one that is silent
 * Chromium takes 40 s for that. An error alone says little: it is also that of an IPv6
 * network where the server has IPv4 alone.
 */
export function watchServers(connection: RTCPeerConnection, sink: ServerSink): void {
  const failures = new Map<string, Failure>();
  const answered = new Set<string>();
  const sockets = new Set<number | null>(); // ports, one for each network
  const hear = (server: string) => {
    if (server === "" || answered.has(server)) return;
    answered.add(server);
    sink.answered(server);
  };
  connection.addEventListener?.("icecandidate", ({ candidate }) => {
    if (!candidate) return;
    if (candidate.type === "host") sockets.add(candidate.port);
    else hear(host((candidate as RTCIceCandidate & { url?: string }).url ?? ""));
  });
  connection.addEventListener?.("icecandidateerror", ({ url, port, errorCode, errorText }) => {
    const failure = failures.get(host(url)) ?? { reason: `${url}: ${errorText} (${errorCode})`, ports: new Set() };
    failure.ports.add(port);
    failures.set(host(url), failure);
  });
  connection.addEventListener?.("icegatheringstatechange", () => {
    if (connection.iceGatheringState !== "complete") return;
    for (const [server, { reason, ports }] of failures) {
      // From a network without a router that translates addresses, an answer brings no candidate.
      const isAmiss = ADDRESS.test(server) || [...sockets].every((port) => ports.has(port));
      if (isAmiss && !answered.has(server)) sink.unanswered(server, reason);
    }
  });
}

interface Failure {
  readonly reason: string;
  readonly ports: Set<number | null>;
}

/** An IPv4 or IPv6 address with a port, of which networks of the other kind say nothing. */
const ADDRESS = /^([\d.]+|\[.*\])(:\d+)?$/;

/** A server's name and port. */
function host(url: string): string {
  return url.replace(/^\w+:|\?.*$/g, "");
}

/** The steps of a negotiation, each with a promise. */
const STEPS = ["createOffer", "createAnswer", "setLocalDescription", "setRemoteDescription"] as const;

/** A step that takes longer than this is not waited for: it may never end. */
const STEP_TAKES_MS = 5000;

/**
 * Has a connection close only when no step is under way: by the specification,
 * the promise of one under which it closes never settles, and who waits for it
 * would stay for ever.
 */
function closedBetweenSteps(connection: RTCPeerConnection): RTCPeerConnection {
  const close = connection.close.bind(connection);
  let underWay = 0;
  let isClosing = false;
  let overdue: ReturnType<typeof setTimeout> | undefined;
  const closeIfIdle = () => {
    if (!isClosing || underWay > 0) return;
    clearTimeout(overdue);
    close();
  };
  const watched = (step: (...args: never[]) => Promise<unknown>) => async (...args: never[]) => {
    underWay++;
    try {
      return await step(...args);
    } finally {
      underWay--;
      closeIfIdle();
    }
  };
  const steps = STEPS.map((name) => [name, watched(connection[name].bind(connection))]);
  return Object.assign(connection, Object.fromEntries(steps), {
    close: () => {
      if (!isClosing && underWay > 0) overdue = setTimeout(close, STEP_TAKES_MS);
      isClosing = true;
      closeIfIdle();
    },
  });
}
