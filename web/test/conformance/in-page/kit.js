// What a scenario is written with. It speaks to one core, and its log is text.

import { describe } from "./describe.js";
import { recorded } from "./recorded.js";

let runs = 0;
/** The calls that can be heard: what they cause comes after them in the log. */
const TOLD = new Set(["loadSegment", "abortSegmentLoading", "destroy", "applyDynamicConfig"]);

export class Kit {
  log = [];
  cores = [];
  forgotten = 0;
  /** The order of the lines says nothing. */
  sorted = false;
  /** How many calls of loadSegment have resolved. */
  settled = 0;

  /**
   * @param api the exports of the core under test.
   * @param setup `origin`, the scripted one, `tracker` and `badTrackers`, addresses; `who`, the name of the page.
   */
  constructor(api, setup) {
    this.api = api;
    this.setup = setup;
    this.run = `${setup.who}-${++runs}`;
    this.base = `${setup.origin}/segment/${this.run}/`;
  }

  /** Writes a line; arguments that are no strings are described. */
  note(text, ...values) {
    this.log.push([text, ...values.map((value) => this.describe(value))].join(" "));
  }

  describe(value) {
    const { base, run, setup } = this;
    const names = { [base]: "", [setup.origin]: "", [setup.tracker]: "tracker", [setup.badTrackers]: "bad tracker", [run]: "this run" };
    const rename = (text) => Object.entries(names).reduce((told, [from, to]) => told.replaceAll(from, to), text);
    return describe(value, rename);
  }

  /** Writes a configuration, a line for each setting. */
  noteConfig({ mainStream, secondaryStream, ...common }) {
    for (const [where, settings] of Object.entries({ common, mainStream, secondaryStream })) {
      for (const key of Object.keys(settings).sort()) {
        if (settings[key] !== undefined) this.note(`${where}.${key}:`, settings[key]);
      }
      this.note(`${where}, undefined:`, Object.fromEntries(Object.entries(settings).filter(([, value]) => value === undefined)));
    }
  }

  noteStorageSettings([common, mainStream, secondaryStream, ...more]) {
    this.note("storage.initialize with", ...more);
    this.noteConfig({ ...common, mainStream, secondaryStream });
  }

  /** What a call gives or throws. */
  try(text, call) {
    try {
      this.note(text, call());
    } catch (error) {
      this.note(`${text} throws`, error, error.message);
    }
  }

  /** A Core that records, with settings that reach nobody outside. */
  core(config = {}) {
    const number = this.cores.length + 1;
    const Core = recorded(this.api.Core, (entry) => this.record(number, entry));
    const core = new Core({
      announceTrackers: [this.setup.tracker],
      rtcConfig: { iceServers: [] },
      ...config,
    });
    this.cores.push(core);
    return core;
  }

  /**
   * Registers segments in a stream, of 100 s and so far apart that none is loaded
   * ahead of another, unless `lasts` and `every` say something else, in seconds.
   */
  register(core, names, { type = "main", stream = type, index = `${type}-index`, ...rest } = {}) {
    core.setManifestResponseUrl(`${this.base}master.m3u8`);
    core.addStreamIfNoneExists({ runtimeId: stream, type, index });
    const segments = names.map((name, i) => this.segment(name, i, rest));
    core.updateStream(stream, segments);
    return segments;
  }

  segment(name, i = 0, { byteRange, lasts = 100, every = 300 } = {}) {
    const url = this.base + name;
    const runtimeId = byteRange ? `${url}|${byteRange.start}-${byteRange.end}` : url;
    return { runtimeId, externalId: i, url, byteRange, startTime: every * i, endTime: every * i + lasts };
  }

  /** Tells the origin how to answer for a segment; see ../origin.mjs. */
  async plan(name, ...steps) {
    await fetch(`${this.setup.origin}/plan/${this.run}/${name}`, { method: "POST", body: JSON.stringify(steps) });
  }

  /**
   * Asks for a segment, then plays there. Resolves when one of the callbacks has
   * been called, and when the request was refused.
   */
  load(core, segment) {
    return new Promise((resolve) => {
      core
        .loadSegment(segment.runtimeId, { onSuccess: resolve, onError: resolve })
        .then(() => core.updatePlayback(segment.startTime, 1), resolve);
    });
  }

  /** What the origin was asked for so far. */
  async requests() {
    return (await fetch(`${this.setup.origin}/asked/${this.run}`)).json();
  }

  async noteRequests() {
    await this.pause(50); // the origin hears late that it was cut off
    for (const { name, range, token, cut } of await this.requests()) {
      this.log.push(`the origin: ${name}${range && ` ${range}`}${token && ` token ${token}`}${cut ? ", cut" : ""}`);
    }
  }

  /** Waits for a condition; what never comes is written down, and a difference. */
  async until(text, ask, ms = 8000) {
    for (const end = performance.now() + ms; performance.now() < end; await this.pause(10)) {
      if (await ask()) return;
    }
    this.note(`in vain: ${text}`);
  }

  pause(ms) {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }

  /** Whether a line with that text has been written, since `forget()`. */
  has(text) {
    return this.log.slice(this.forgotten).some((line) => line.includes(text));
  }

  forget() {
    this.forgotten = this.log.length;
  }

  record(number, entry) {
    const { kind, name, args, segment } = entry;
    if (kind === "call" && !TOLD.has(name)) return;
    if (kind === "settled" && !("thrown" in entry)) {
      this.settled++;
      return;
    }
    const who = number > 1 ? `core ${number}: ` : "";
    if (name === "onChunkDownloaded" && this.mergeChunk(who, args)) return;
    const of = segment === undefined ? "" : ` of ${this.describe(segment)}`;
    const told = args.map((arg) => this.describeArgument(name, arg)).join(", ");
    const thrown = "thrown" in entry ? ` throws ${this.describe(entry.thrown)} ${this.describe(entry.thrown.message)}` : "";
    this.log.push(`${who}${kind} ${name}${of}(${told})${thrown}`);
  }

  /** A bandwidth differs each time; that it is one does not. */
  describeArgument(name, arg) {
    if (name === "loadSegment" && typeof arg === "object") return "callbacks";
    if (name !== "onSuccess") return this.describe(arg);
    const { bandwidth } = arg;
    const sane = typeof bandwidth === "number" && Number.isFinite(bandwidth) && bandwidth > 0;
    return this.describe({ ...arg, bandwidth: sane ? "is one" : bandwidth });
  }

  /** How a body is cut into chunks is the network's affair. */
  mergeChunk(who, [bytes, ...source]) {
    const rest = source.map((each) => this.describe(each)).join(", ");
    const isChunk = (line) => line.startsWith(`${who}event onChunkDownloaded(`) && line.endsWith(`, ${rest})`);
    const last = this.sorted ? this.log.findIndex(isChunk) : this.log.length - 1;
    if (last < 0 || !isChunk(this.log[last])) return false;
    const sum = Number(/\((\d+),/.exec(this.log[last])[1]) + bytes;
    this.log[last] = `${who}event onChunkDownloaded(${sum}, ${rest})`;
    return true;
  }

  close() {
    for (const core of this.cores) core.destroy();
  }
}
