// Peers that mean no good, each with a lie of its own. They speak with the tracker
// and with whom they meet by themselves, and break what they say where they like.
// The page's setup: `infoHash`, the swarm's; `stream`, the address of its segments'
// folder; `liars`, by their names below; `meets`, how many each meets, one unless said;
// `everything`, the first segment's number and one beyond the last that they say they
// have, around the latest of the test card unless said.

const { tracker, infoHash, stream, liars, ...setup } = JSON.parse(document.getElementById("setup").textContent);

/** How far a liar goes at most. */
const MOST_MESSAGES = 50_000;
/** So many at once, so that it hears in between that it was left. */
const AT_ONCE = 500;
const MOST_BYTES = 32e6;
/** A liar who is to meet several looks for more of them so often, ms. */
const MEETING_MS = 2000;
/** What it leaves in its channel's buffer before it waits. */
const BUFFERED = 1e6;
/** Segments of the test card that a liar says it has, around the latest. */
const [BEFORE, AFTER] = [20, 200];

const [ANNOUNCEMENT, REQUEST, DATA, COMPLETED, ABSENT] = [0, 1, 2, 3, 4];

const ascii = (text) => [...text].map((letter) => letter.charCodeAt(0));
const framed = (body, start = "cstr", end = "cend") => Uint8Array.from([...ascii(start), ...body, ...ascii(end)]);
const zeros = (length) => new Uint8Array(length);

/** An integer with its sign in the first bit. */
function integer(n) {
  const bytes = [];
  for (let rest = Math.abs(n); rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  if (bytes.length === 0 || bytes[0] > 127) bytes.unshift(0);
  if (n < 0) bytes[0] |= 128;
  return [bytes.length, ...bytes];
}

/** Ids from first to before end, in groups that differ in the last byte. */
function ids(first, end) {
  const groups = [];
  for (let from = first; from < end; ) {
    const to = Math.min(end, from - (from % 128) + 128);
    groups.push([...integer(from - (from % 256) + to - from), ...Array.from({ length: to - from }, (_, i) => (from + i) % 256)]);
    from = to;
  }
  return [0x10, groups.length, ...groups.flat()];
}

const field = (name, value) => [...ascii(name), ...value];
const announcement = (first, end) => framed([ANNOUNCEMENT, ...field("l", ids(first, end))]);
/** That segments are on their way here, and can be passed on; of a swarm of two. */
const passing = (first, end) => framed([ANNOUNCEMENT, ...field("a", ids(first, end)), ...field("n", integer(2))]);
const answer = (code, { i, r }, size) =>
  framed([code, ...field("i", integer(i)), ...(size === undefined ? [] : field("s", integer(size))), ...field("r", integer(r))]);
const request = (i, r) => framed([REQUEST, ...field("i", integer(i)), ...field("r", integer(r))]);

/** The numbers of a request, undefined where the message is none. */
function readRequest(message) {
  if (message[4] !== REQUEST) return undefined;
  const read = {};
  for (let at = 5; at < message.length - 4; ) {
    const name = String.fromCharCode(message[at]);
    const length = message[at + 1] & 15;
    read[name] = message.slice(at + 2, at + 2 + length).reduce((n, byte) => 256 * n + byte, 0);
    at += 2 + length;
  }
  return read;
}

const latest = () => Math.floor(Date.now() / 2000);
/** From the first to before the last. */
const everything = () => setup.everything ?? [latest() - BEFORE, latest() + AFTER];
const haveAll = (say) => say(announcement(...everything()));
const passAll = (say) => say(passing(...everything()));

/** A lie told to who asks for a segment: `answers` is what is said then. */
const answers = (...make) => ({ begin: haveAll, asked: (say, asked) => make.forEach((one) => say(one(asked))) });
/** Something said on and on; `next` makes the nth message. */
const flood = (next) => ({ begin: haveAll, floods: next });

const PIECE = 16_000;
const pieces = (bytes, from, to) =>
  Array.from({ length: Math.ceil((to - from) / PIECE) }, (_, i) => bytes.slice(from + i * PIECE, Math.min(to, from + (i + 1) * PIECE)));

const trueBytes = async (id) => new Uint8Array(await (await fetch(`${stream}${id}.ts`)).arrayBuffer());
const falseFrom = (bytes, share) => bytes.map((byte, i) => (i < share * bytes.length ? byte : ~byte));
/** What is not true is given whole: `make` promises the bytes of a segment. */
const gives = (make, begin = haveAll) => ({
  begin,
  async asked(say, asked) {
    const bytes = await make(asked.i);
    const from = asked.b ?? 0;
    [answer(DATA, asked, bytes.length - from), ...pieces(bytes, from, bytes.length), answer(COMPLETED, asked)].forEach(say);
  },
});
/** The first half of what it is asked for is true, and then it says nothing. */
const stalls = (begin) => ({
  begin,
  async asked(say, asked, liar) {
    const whole = await trueBytes(asked.i);
    const half = Math.floor(whole.length / 2);
    const from = asked.b ?? 0;
    if (from < half) liar.gave.push({ id: asked.i, size: whole.length, half });
    say(answer(DATA, asked, whole.length - from));
    pieces(whole, from, half).forEach(say);
  },
});
const allFalse = async (id) => falseFrom(await trueBytes(id), 0);
const halfFalse = async (id) => falseFrom(await trueBytes(id), 0.5);
const anothers = (id) => trueBytes(id - 1);

const lies = {
  "ends early": answers((a) => answer(DATA, a, 60_000), () => zeros(100), (a) => answer(COMPLETED, a)),
  "ends late": answers((a) => answer(DATA, a, 1000), () => zeros(2000), (a) => answer(COMPLETED, a)),
  "a terabyte": answers((a) => answer(DATA, a, 2 ** 40), () => zeros(60_000)),
  "below zero": answers((a) => answer(DATA, a, -60_000), () => zeros(60_000)),
  "of another": answers((a) => answer(DATA, a, 100), () => zeros(100), (a) => answer(COMPLETED, { ...a, i: a.i + 1 })),
  // These do no harm.
  "no bytes": answers((a) => answer(DATA, a, 0), (a) => answer(COMPLETED, a)),
  "is absent": answers((a) => answer(ABSENT, a)),
  "babbles": {
    begin(say) {
      haveAll(say);
      say(zeros(60_000));
      say(framed([99, 1, 2, 3]));
      say(framed([ANNOUNCEMENT, ...field("x", [0xf0, 0]), ...field("l", [0x10, 1, 1])]));
      say(framed([ANNOUNCEMENT, ...field("l", [0x10, 1, ...integer(-255), 5])]));
      haveAll(say);
      say(framed([1, 2, 3], "dstr", "cend"));
      say(framed([REQUEST], "cstr", "dend"));
      say("text");
    },
    asked: (say, asked) => say(answer(ABSENT, asked)), // is lost, behind a command that was not ended
  },
  "announces": flood(() => announcement(latest() - 10_000, latest())),
  "asks": flood((n) => request(latest() - 5 - (n % 5), n % 1000)),
  "asks for none": flood((n) => request(1, n % 1000)),
  "unasked": flood(() => zeros(60_000)),
  "in pieces": flood((n) => zeros(n % 2)),
  "never ends": flood((n) => (n === 0 ? framed(zeros(60_000), "cstr", "dend") : framed(zeros(60_000), "dstr", "dend"))),
  "empty parts": flood(() => framed([], "cstr", "dend")),
  "stalls": stalls(haveAll),
  "passes half on": stalls(passAll),
  "is silent": { begin: haveAll },
  "passes none on": { begin: passAll },
  "false": gives(allFalse),
  "half false": gives(halfFalse),
  "another's": gives(anothers),
  "passes false": gives(allFalse, passAll),
  "passes half": gives(halfFalse, passAll),
  "passes other": gives(anothers, passAll),
};

class Liar {
  /** Requests that it got, messages and bytes that it sent, and what it has given of segments. */
  asked = 0;
  messages = 0;
  bytes = 0;
  gave = [];
  /** How many connections it has offered, how many have met it, and how many of those have closed the connection. */
  offered = 0;
  met = 0;
  gone = 0;
  /** Whether a flood has ended, by that or by itself. */
  over = false;

  constructor(name) {
    this.name = name;
    this.lie = lies[name];
    this.id = `-XX0000-${name.replaceAll(" ", "-").padEnd(12, "-").slice(0, 12)}`;
  }

  /** Whether all whom it has met are gone. */
  get left() {
    return this.gone > 0 && this.gone === this.met;
  }

  /** Meets so many others, as they come. */
  async meet(count) {
    const socket = new WebSocket(tracker);
    await new Promise((resolve) => (socket.onopen = resolve));
    let offers;
    socket.onmessage = ({ data }) => {
      const { answer, offer_id } = JSON.parse(data);
      const answered = answer && offers.find((one) => one.offer_id === offer_id);
      void answered?.connection.setRemoteDescription(answer);
    };
    while (this.met < count) {
      offers = await Promise.all(Array.from({ length: count - this.met }, () => this.offer()));
      socket.send(JSON.stringify({
        action: "announce", event: "started", info_hash: infoHash, peer_id: this.id, numwant: offers.length,
        uploaded: 0, downloaded: 0, left: 1, offers: offers.map(({ offer_id, offer }) => ({ offer_id, offer })),
      }));
      const opened = Promise.all(offers.map(({ open }) => open));
      await (count === 1 ? opened : Promise.race([opened, pause(MEETING_MS)]));
      for (const { channel, connection } of offers) if (channel.readyState === "connecting") connection.close();
    }
    socket.close();
  }

  async offer() {
    const connection = new RTCPeerConnection();
    const channel = connection.createDataChannel("lies");
    channel.binaryType = "arraybuffer";
    const say = (message) => {
      if (channel.readyState !== "open") return;
      channel.send(message);
      this.messages++;
      this.bytes += message.length;
    };
    let met = false;
    const open = new Promise((resolve) => {
      channel.onopen = () => {
        met = true;
        this.met++;
        this.lie.begin(say);
        if (this.lie.floods) void this.flood(channel, say);
        resolve();
      };
    });
    channel.onclose = () => {
      if (!met) return;
      this.gone++;
      channel.onbufferedamountlow?.();
    };
    channel.onmessage = ({ data }) => this.hear(new Uint8Array(data), say);
    await connection.setLocalDescription();
    while (connection.iceGatheringState !== "complete") {
      await new Promise((resolve) => connection.addEventListener("icegatheringstatechange", resolve, { once: true }));
    }
    const { type, sdp } = connection.localDescription;
    const offer_id = `${this.id.slice(-12)}${`${++this.offered}`.padStart(8, "-")}`;
    return { offer_id, offer: { type, sdp }, connection, channel, open };
  }

  hear(message, say) {
    const asked = readRequest(message);
    if (!asked) return;
    this.asked++;
    void this.lie.asked?.(say, asked, this);
  }

  async flood(channel, say) {
    channel.bufferedAmountLowThreshold = BUFFERED / 2;
    for (let n = 0; n < MOST_MESSAGES && this.bytes < MOST_BYTES && !this.left; n++) {
      if (channel.bufferedAmount > BUFFERED) await new Promise((resolve) => (channel.onbufferedamountlow = resolve));
      // Busy with all of them at once, this page heard neither that it was left nor of its trackers, sometimes for a minute.
      else if (n % AT_ONCE === 0) await pause(0);
      say(this.lie.floods(n));
    }
    this.over = true;
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const all = liars.map((name) => new Liar(name));
/** What has come of each so far. */
window.told = () =>
  all.map(({ name, id, asked, messages, bytes, gave, met, gone, left, over }) =>
    ({ name, id, asked, messages, bytes, gave, met, gone, left, over }));
// In turn: each has left the tracker before the next one comes, so that they do not meet each other.
for (const liar of all) await liar.meet(setup.meets ?? 1);
