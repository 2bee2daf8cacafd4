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

/** The steps of a negotiation, each with a promise. */
const STEPS = ["createOffer", "createAnswer", "setLocalDescription", "setRemoteDescription"] as const;

/**
 * Has a connection close only when no step is under way: by the specification,
 * the promise of one under which it closes never settles, and who waits for it
 * would stay for ever.
 */
function closedBetweenSteps(connection: RTCPeerConnection): RTCPeerConnection {
  const close = connection.close.bind(connection);
  let underWay = 0;
  let isClosing = false;
  const closeIfIdle = () => {
    if (isClosing && underWay === 0) close();
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
      isClosing = true;
      closeIfIdle();
    },
  });
}
