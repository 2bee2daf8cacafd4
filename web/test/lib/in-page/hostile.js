// Peers that mean no good, each with a lie of its own. They speak with the tracker
// and with whom they meet by themselves, and break what they say where they like.

const { tracker, infoHash, stream, liars } = JSON.parse(document.getElementById("setup").textContent);

/** How far a liar goes at most. */
const MOST_MESSAGES = 50_000;
const MOST_BYTES = 32e6;
/** What it leaves in its channel's buffer before it waits. */
const BUFFERED = 1e6;
/** Segments of the test card that it says it has, around the latest. */
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
const haveAll = (say) => say(announcement(latest() - BEFORE, latest() + AFTER));

/** A lie told to who asks for a segment: `answers` is what is said then. */
const answers = (...make) => ({ begin: haveAll, asked: (say, asked) => make.forEach((one) => say(one(asked))) });
/** Something said on and on; `next` makes the nth message. */
const flood = (next) => ({ begin: haveAll, floods: next });

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
  /** The first half of what it is asked for is true, and then it says nothing. */
  "stalls": {
    begin: haveAll,
    async asked(say, asked, liar) {
      const whole = new Uint8Array(await (await fetch(`${stream}${asked.i}.ts`)).arrayBuffer());
      const half = Math.floor(whole.length / 2);
      const from = asked.b ?? 0;
      if (from < half) liar.gave.push({ id: asked.i, size: whole.length, half });
      say(answer(DATA, asked, whole.length - from));
      for (let at = from; at < half; at += 16_000) say(whole.slice(at, Math.min(half, at + 16_000)));
    },
  },
};

class Liar {
  /** Requests that it got, messages and bytes that it sent, and what it has given of segments. */
  asked = 0;
  messages = 0;
  bytes = 0;
  gave = [];
  /** Whether the other end has closed the connection, and whether a flood has ended, by that or by itself. */
  left = false;
  over = false;

  constructor(name) {
    this.name = name;
    this.lie = lies[name];
    this.id = `-XX0000-${name.replaceAll(" ", "-").padEnd(12, "-").slice(0, 12)}`;
  }

  async meet() {
    const connection = new RTCPeerConnection();
    this.channel = connection.createDataChannel("lies");
    this.channel.binaryType = "arraybuffer";
    const open = new Promise((resolve) => (this.channel.onopen = resolve));
    this.channel.onclose = () => {
      this.left = true;
      this.channel.onbufferedamountlow?.();
    };
    this.channel.onmessage = ({ data }) => this.hear(new Uint8Array(data));
    await connection.setLocalDescription();
    while (connection.iceGatheringState !== "complete") {
      await new Promise((resolve) => connection.addEventListener("icegatheringstatechange", resolve, { once: true }));
    }
    const socket = new WebSocket(tracker);
    const { type, sdp } = connection.localDescription;
    socket.onopen = () =>
      socket.send(JSON.stringify({
        action: "announce", event: "started", info_hash: infoHash, peer_id: this.id, numwant: 1,
        uploaded: 0, downloaded: 0, left: 1, offers: [{ offer_id: this.id, offer: { type, sdp } }],
      }));
    socket.onmessage = ({ data }) => {
      const { answer } = JSON.parse(data);
      if (answer) void connection.setRemoteDescription(answer);
    };
    await open;
    socket.close();
    this.lie.begin(this.say);
    if (this.lie.floods) void this.flood();
  }

  say = (message) => {
    if (this.channel.readyState !== "open") return;
    this.channel.send(message);
    this.messages++;
    this.bytes += message.length;
  };

  hear(message) {
    const asked = readRequest(message);
    if (!asked) return;
    this.asked++;
    void this.lie.asked?.(this.say, asked, this);
  }

  async flood() {
    this.channel.bufferedAmountLowThreshold = BUFFERED / 2;
    for (let n = 0; n < MOST_MESSAGES && this.bytes < MOST_BYTES && !this.left; n++) {
      if (this.channel.bufferedAmount > BUFFERED) await new Promise((resolve) => (this.channel.onbufferedamountlow = resolve));
      this.say(this.lie.floods(n));
    }
    this.over = true;
  }
}

const all = liars.map((name) => new Liar(name));
/** What has come of each so far. */
window.told = () => all.map(({ name, id, asked, messages, bytes, gave, left, over }) => ({ name, id, asked, messages, bytes, gave, left, over }));
// In turn: each has left the tracker before the next one comes, so that they do not meet each other.
for (const liar of all) await liar.meet();
