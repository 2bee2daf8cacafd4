// What a data channel brings the module. Messages come by the thousand, and each
// call into the module costs more than the message: so segment data, and the
// command that it begins with, wait for the next command, but not for long.

import { Chunks } from "./chunks.js";
import type { ChannelSink } from "./port.js";

/** What comes later than this after the last call is passed on at once, and what waits not much later. */
const TELL_AFTER_MS = 50;

/** What a text counts for, which no peer sends. */
const NO_BYTES = new Uint8Array();

const [STARTS, ENDS] = [["cstr", "dstr"], ["cend", "dend"]].map((words) =>
  words.map((text) => word([...text].map((letter) => letter.charCodeAt(0)), 0)),
) as [number[], number[]];

/** The code of that command, behind the first four bytes. */
const SEGMENT_DATA = 2;

/**
 * Listens to the channel until it is told to stop. What came stays in its order.
 *
 * @param call calls into the module.
 */
export function listen(channel: RTCDataChannel, sink: ChannelSink, call: (intoModule: () => void) => void): () => void {
  let begin: Uint8Array | null = null;
  let data: Uint8Array[] = [];
  let toldAt = -Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function tell(command: Uint8Array | null): void {
    const first = begin;
    const chunks = data.length > 0 ? new Chunks(data) : null;
    begin = null;
    data = [];
    toldAt = performance.now();
    call(() => sink.messages(first, chunks, command));
  }

  const isWaiting = () => begin !== null || data.length > 0;
  const mayWait = () => performance.now() - toldAt < TELL_AFTER_MS;

  /** A peer may fall silent: what waits is passed on all the same. One timer looks after all that comes in its time. */
  function wait(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      if (!isWaiting()) return;
      if (mayWait()) wait();
      else tell(null);
    }, TELL_AFTER_MS);
  }

  channel.binaryType = "arraybuffer";
  channel.onopen = () => call(() => sink.opened());
  channel.onbufferedamountlow = () => call(() => sink.drained());
  channel.onmessage = (event: MessageEvent<unknown>) => {
    const message = event.data instanceof ArrayBuffer ? new Uint8Array(event.data) : NO_BYTES;
    if (!isCommand(message)) {
      data.push(message);
      if (mayWait()) wait();
      else tell(null);
    } else if (beginsSegment(message) && !isWaiting() && mayWait()) {
      begin = message;
      wait();
    } else {
      tell(message);
    }
  };
  channel.onerror = (event) => {
    const { error } = event as { error?: RTCError }; // not in every browser
    call(() => sink.failed(error?.message ?? "data channel failed"));
  };
  channel.onclose = () => {
    if (isWaiting()) tell(null);
    call(() => sink.closed());
  };
  return () => {
    clearTimeout(timer);
    channel.onopen = channel.onbufferedamountlow = channel.onmessage = channel.onerror = channel.onclose = null;
    begin = null;
    data = [];
  };
}

/** Whether a message is a command or a part of one; wire.IsCommand says the same. */
export function isCommand(message: Uint8Array): boolean {
  const { length } = message;
  return length >= 8 && STARTS.includes(word(message, 0)) && ENDS.includes(word(message, length - 4));
}

/** Whether a command is wire.SegmentData: data follows, and there is nothing to answer. */
function beginsSegment(command: Uint8Array): boolean {
  return word(command, 0) === STARTS[0] && command[4] === SEGMENT_DATA;
}

/** Four bytes as a number. */
function word(bytes: ArrayLike<number>, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
