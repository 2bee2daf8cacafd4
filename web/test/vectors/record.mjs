// Records what the npm packages themselves write and read, as the vectors that
// wasm/wire is tested against:
//
//   node record.mjs [folder to write to, default wasm/wire/testdata]
//
// It takes p2p-media-loader-core (2.3), p2p-media-loader-core-2.2 and
// bittorrent-tracker from web/node_modules.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { recordTracker } from "./tracker.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "../../node_modules");
const testdata = resolve(process.argv[2] ?? join(here, "../../../wasm/wire/testdata"));

const load = (path) => import(pathToFileURL(join(modules, path)).href);

async function loadCore(name) {
  const part = (path) => load(`${name}/lib/${path}`);
  return {
    stream: await part("utils/stream.js"),
    peer: await part("utils/peer.js"),
    commands: await part("p2p/commands/index.js"),
    protocol: await part("p2p/peer-protocol.js"),
  };
}

const current = await loadCore("p2p-media-loader-core");
const older = await loadCore("p2p-media-loader-core-2.2");

const hex = (bytes) => Buffer.from(bytes).toString("hex");
const fromHex = (text) => new Uint8Array(Buffer.from(text, "hex"));
const range = (from, to, step = 1) => {
  const list = [];
  for (let i = from; i <= to; i += step) list.push(i);
  return list;
};

function save(name, vectors) {
  mkdirSync(testdata, { recursive: true });
  const lines = vectors.map((v) => JSON.stringify(v)).join(",\n");
  writeFileSync(join(testdata, name), `[\n${lines}\n]\n`);
  console.log(`${name}: ${vectors.length} vectors`);
}

// ---- names ----

// A number stands as {number: "NaN"}: JSON has neither NaN nor Infinity.
const spell = (value) => (typeof value === "number" ? { number: String(value) } : value);

const properties = [
  {},
  { bitrate: 1280000, codecs: "avc1.42C01E", width: 320, height: 180, frameRate: "30.000", videoRange: "SDR" },
  { bitrate: 0, codecs: "mp4a.40.2", language: "en", channels: "2", name: "English" },
  // numbers
  ...[0, NaN, 1, 1.5, 1e6, 1e20, 1e21, 1.5e21, 1e-6, 1e-7, 1.25e-10, 1e100, 123456789012345680000, 0.1, Infinity, -5, -1e-9]
    .map((bitrate) => ({ bitrate })),
  { width: 0, height: 0 },
  { width: 1920.5, height: NaN },
  { bitrate: NaN, codecs: "avc1.64001f", width: 1280, height: 720, frameRate: 25, videoRange: "SDR" },
  // codecs
  ...[
    "avc1.66.30", "avc1.77.31,mp4a.40.2", "mp4a.40.2,avc1.66.30", " MP4A.40.2 , AVC1.4D401F ", "avc.66.30", "avc3.66.30",
    "avc1.066.30", "avc1.66.030", "avc1.+66.30", "avc1.-5.30", "avc1.5.7", "avc1.255.255", "avc1.256.4096", "avc1.66.30.1",
    "avc1.66", "avc1..30", "avc1.66.", "avc1.6a.30", "avc1.66. 30", "avc1.0.0", "avc1.-0.1", "avc1.9007199254740991.1",
    "avc1.9007199254740993.1", ",", "a,,b", " ", "b,a", "B,a,C", "hvc1.2.4.L123.B0,ec-3", "\uFEFFa\u0085,\u00A0b\u2003", "\uFF5E,\u{1F600}", "\u{1F600},\uFF5E,z",
    "ab,a", "a,a",
  ].map((codecs) => ({ codecs })),
  // languages
  ...["en", "EN", "eng", "en-US", "und", "UND", "undefined", "und-x", "e", "u", "\u{1F600}x", "x\u{1F600}", "İx", "zh-Hant", " en", "ÀÉ", "xİ"].map((language) => ({ language })),
  // channels
  ...["2", "6", "16/JOC", "/JOC", "0", "2/a/b", " 2", 2, 0, 5.1, NaN, 6].map((channels) => ({ channels })),
  // names
  ...["English", "  English  ", "DEUTSCH", "ΕΛΛΗΝΙΚΟΣ", "ΟΔΟΣ ΣΑΣ", "Σ", "ΑΣ.", "ΑΣ.Α", "Α\u0301Σ\u0301", "1Σ", "aΣ1", "İstanbul", "Türkçe (İkinci)", "日本語", "\uFEFFx\uFEFF", "\u0085x\u0085",
    "\u1680x\u180E", "tab\t", "a-b-c", "ẞ", "ǅ", "ⅨΣ", "\u{10400}", "中\u{20000}"].map((name) => ({ name })),
  // frame rates
  ...["30.000", "29.970", "23.976", "60", "0", "0.000", "-0", "1e3", "1E-7", ".5", "5.", "+25", "-25", " 25 ", " ", "25fps", "0x1F", "0X1f", "0b11", "0o17", "0B2", "0x", "-0x1F", "Infinity", "-Infinity", "+Infinity",
    "infinity", "inf", "nan", "NaN", "1_000", "0x1p4", "1e400", "1e-400", "1n", "1,5", ".", "e5", "1e", "--1", "30/1.001", "\u00A030\uFEFF", "00030.50", "0x_1", "0xffffffffffffffff", "0x10000000000000000",
    30, 29.97, 0, NaN, 59.94005994005994, 1e21, -0].map((frameRate) => ({ frameRate })),
  // video ranges
  ...["SDR", "sdr", " pq ", "HLG", "\u00A0PQ", "ı", "ÿ", "ß"].map((videoRange) => ({ videoRange })),
  { bitrate: null, codecs: null, width: null, height: null, language: null, channels: null, name: null, frameRate: null, videoRange: null },
];

save("identity.json", properties.map((p) => ({
  properties: Object.fromEntries(Object.entries(p).filter(([, v]) => v !== null).map(([k, v]) => [k, spell(v)])),
  index: current.stream.generateStreamShortId(p),
})));

const streams = [
  ["https://example.com/master.m3u8", "main", "0"],
  ["https://example.com/master.m3u8", "secondary", "1"],
  ["https://example.com/master.m3u8", "main", "-1"],
  ["https://example.com/master.m3u8", "main", "zdZCXRB2OQndA77cp9lADdtQy1A="],
  ["", "main", ""],
  ["видео/日本/\u{1F3AC}", "main", "2"],
  ...range(44, 56).map((n) => ["y".repeat(n), "main", "0"]), // names of 54 to 66 bytes: about where a digest takes a second block
  ["z".repeat(500), "secondary", "12"],
  ["a?b#c", "main", "0"],
];

save("hashes.json", streams.map(([swarm, type, index]) => {
  const name = current.stream.getStreamSwarmId(swarm, { type, index });
  const position = /^-?\d+$/.test(index) ? Number(index) : index; // engines of 2.2 pass a number
  if (older.stream.getStreamSwarmId(swarm, { type, index: position }) !== name) throw new Error(`names differ: ${name}`);
  return { swarm, stream: `${type}-${index}`, name, sha1: current.peer.getStreamHash(name), md5: older.peer.getStreamHash(name) };
}));

// Math.random walks through the alphabet, as the test's source of numbers does.
const random = Math.random;
save("peerids.json", [current, older].flatMap((core) =>
  [core.peer.TRACKER_CLIENT_VERSION_PREFIX, "", "-XX0000-", "exactly twenty chars", "nineteen characters"].map((prefix) => {
    let step = 0;
    Math.random = () => (step++ % 62) / 62 + 1e-9;
    const id = core.peer.generatePeerId(prefix);
    Math.random = random;
    return { prefix, id };
  })));

// ---- commands ----

const edges = [0, 1, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2 ** 23 - 1, 2 ** 23, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 40, 2 ** 47 - 1, 2 ** 47, Number.MAX_SAFE_INTEGER];
const full = 65535;
const written = [
  ...edges.flatMap((n) => [
    [{ c: 1, i: n, r: 999, b: n }, full],
    [{ c: 2, i: n, s: n, r: n }, full],
    [{ c: 0, l: [n] }, full],
  ]),
  ...[3, 4, 5].map((c) => [{ c, i: 300, r: 999 }, full]),
  [{ c: 1, i: 300, r: 999 }, full],
  [{ c: 1, i: 300, r: 999, b: 0 }, full],
  [{ c: 1, i: 300, r: 999, b: 65536 }, full],
  [{ c: 2, i: 300, s: 1000000, r: 999 }, full],
  [{ c: 0 }, full],
  [{ c: 0, l: [], p: [] }, full],
  [{ c: 0, l: [10, 11, 12], p: [13] }, full],
  [{ c: 0, p: [7] }, full],
  [{ c: 0, l: edges }, full],
  [{ c: 0, l: range(250, 259) }, full],
  ...[255, 256, 257, 300].flatMap((n) => [
    [{ c: 0, l: range(0, n - 1) }, full],
    [{ c: 0, l: range(1000, 1000 + n - 1), p: range(2000, 2000 + n - 1) }, full],
  ]),
  ...[255, 256, 300].map((n) => [{ c: 0, l: range(0, (n - 1) * 256, 256) }, full]), // so many groups
  [{ c: 0, l: [3, 1, 2, 600, 5] }, full],
  [{ c: 0, l: [1, 1, 2] }, full],
  [{ c: 0, l: [-5, -1, 3] }, full],
  [{ c: 0, l: range(-300, -257) }, full],
  [{ c: 0, l: range(-10, -1) }, full],
  [{ c: 1, i: -1, r: -128 }, full],
  ...[17, 18, 19, 20, 24, 27, 28, 29, 30, 33, 34, 35, 36, 64, 100, 320, 330, 340, 700].flatMap((size) => [
    [{ c: 0, l: range(1, 20) }, size],
    [{ c: 0, l: range(1, 3) }, size],
  ]),
  ...[20, 64, 100, 340].map((size) => [{ c: 0, l: range(300, 599), p: range(600, 610) }, size]),
];

save("commands.json", written.map(([command, size]) => {
  const messages = current.commands.serializePeerCommand(command, size).map(hex);
  const olders = older.commands.serializePeerCommand(command, size).map(hex);
  if (messages.join() !== olders.join()) throw new Error(`2.2 writes ${JSON.stringify(command)} otherwise`);
  return { command, size, messages };
}));

const bodies = [
  "", "00", "01", "05", "06", "ff",
  "006c100101030a0b0c70100101010d",
  "01690100720100", "016901057201096202" + "0100", "0169028080720100", // -128
  "016900720100", // an integer of no bytes
  "0169017f72050080000000", "0169072000000000000072" + "0200ff", "016908" + "7fffffffffffffff" + "720101", "016909" + "00ffffffffffffffff" + "720101",
  "01690f" + "00".repeat(14) + "07" + "720101",
  "0169", "016901", "01690212", "01690105", "0169010572", "016901057202", "01690105720201", // truncated integers
  "0172010169010269010a", // a field twice
  "02690105720107", // a field too few
  "01690105720109780102", "0169010572010978100101010d", "01690105720109782003616263", // fields it does not have
  "016901057201097820036162", "0169010572010978200261", "01690105720109782002c3a9", "01690105720109782001c3a9", "0169010572010978220061", // strings, also cut and not ASCII
  "0169010572010978" + "2103" + "61".repeat(259),
  "01690105720109" + "7830", "01690105720109" + "78f000", "01690105720109783001", // unknown types
  "006910010101057201096c10010101ff", // wrong types for the names
  "006c0105", "01691001010105720109", "016920016172010a",
  "006c1000", "006c10000070100101010d", // no groups
  "006c10", "006c1001", "006c100101", "006c10010101", "006c1001010205", "006c100101030a0b", "006c100201010a", // truncated arrays
  "006c1f0101010d", // low bits beside the type
  "006c10010200ff" + "00".repeat(255), "006c1001020200" + hex(range(0, 255)), "006c10010100" + hex(range(0, 255)), // full groups
  "006c10020180" + hex(range(0, 127)) + "0180" + hex(range(128, 255)),
  "006c10020280" + "80" + hex(range(0, 127)) + "020080" + hex(range(128, 255)),
  "006c1002020080" + hex(range(0, 127)) + "020080" + hex(range(128, 255)), // two groups of one high part
  "006c1004" + ["020180", "020280"].flatMap((head) => [head + hex(range(0, 127)), head + hex(range(128, 255))]).join("") + "70100101010d",
  "006c1001028102ff00", "006c10010281ff05", // a negative head
  "006c10011001010102", "006c100120010a", // a head that is no integer
  "006c1001010101" + "6c1001010102", // a list twice
  "016301027201016901", "0163010269010372010a", // a field called c
  "06690105", "0678300000",
  // What our peers say more than JavaScript knows.
  "006c10010201020a0b7010010201010d6110010201020d0e6e0203e8", "006e0102", "01690105720109620164770101", "04690105720109770101",
];

save("bodies.json", bodies.map((body) => {
  const read = ({ commands }) => {
    try {
      return { value: commands.deserializeCommand(fromHex(body)) };
    } catch (error) {
      return { throws: error.message };
    }
  };
  const result = read(current);
  if (JSON.stringify(result) !== JSON.stringify(read(older))) throw new Error(`2.2 reads ${body} otherwise`);
  return { body, ...result };
}));

// ---- conversations ----

const ascii = (text) => hex(Buffer.from(text, "latin1"));
const request = "0169010572010a";
const whole = ascii("cstr") + request + ascii("cend");
const part = (start, body, end) => ascii(start) + body + ascii(end);
const conversations = [
  [whole],
  [part("cstr", request.slice(0, 6), "dend"), part("dstr", request.slice(6), "cend")],
  [part("cstr", request.slice(0, 6), "dend"), part("dstr", request.slice(6, 10), "dend"), part("dstr", request.slice(10), "cend"), whole],
  [part("cstr", request.slice(0, 6), "dend"), ascii("data between"), part("dstr", request.slice(6), "cend")],
  [part("cstr", request.slice(0, 6), "dend"), whole, whole],
  [part("cstr", request.slice(0, 6), "dend"), whole, part("dstr", request.slice(6), "cend"), whole],
  [part("cstr", "01", "dend"), part("cstr", request, "dend"), part("dstr", "", "cend"), whole],
  [part("dstr", request, "cend"), whole],
  [part("dstr", request, "dend"), part("dstr", "", "cend"), whole],
  [part("cstr", "", "dend"), part("dstr", request, "cend"), whole],
  [part("cstr", "", "dend"), whole],
  [part("cstr", "", "dend"), part("cstr", request, "dend"), part("dstr", "", "cend")],
  [part("cstr", request, "dend"), part("dstr", "", "dend"), part("dstr", "", "cend")],
  [part("cstr", "", "cend"), whole],
  [part("cstr", "01693000", "cend"), whole],
  [part("cstr", "01", "dend"), part("dstr", "693000", "cend"), whole],
  [part("cstr", "0169", "dend"), part("dstr", "010572010a", "cend")],
  ["", "00", ascii("cst"), ascii("cstr"), ascii("cend"), ascii("cstrend"), ascii("cstcend"), ascii("cstrcen"), ascii("cstr...."), ascii("....cend"), ascii("CSTRcend"), ascii("endstrcend")],
  [part("cend", request, "cstr"), part("dend", request, "cend")],
];

save("conversations.json", conversations.map((messages) => {
  const listen = ({ protocol }) => {
    const events = [];
    let receive;
    const connection = { idUtf8: "peer", on: (_, listener) => (receive = listener), write: () => true };
    const handlers = {
      onCommandReceived: (command) => events.push({ command }),
      onSegmentChunkReceived: (data) => events.push({ data: hex(data) }),
    };
    new protocol.PeerProtocol(connection, { webRtcMaxMessageSize: full }, handlers, { getEventDispatcher: () => () => {} });
    for (const message of messages) receive(fromHex(message));
    return events;
  };
  const events = listen(current);
  if (JSON.stringify(events) !== JSON.stringify(listen(older))) throw new Error("2.2 hears otherwise");
  return { messages, events };
}));

// ---- the tracker ----

save("tracker.json", await recordTracker(load, current.peer));
