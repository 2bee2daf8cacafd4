// The demo page's translator of public events: hls.js's own downloads are told of
// as a Core tells of its.

import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import test from "node:test";
import { load } from "./bundle.mjs";

globalThis.self ??= globalThis; // which hls.js asks for
const { Source, Events } = await load('export { Source } from "./page/record/source.ts"; export { Events } from "hls.js"');

const EVENTS = ["onSegmentStart", "onChunkDownloaded", "onSegmentLoaded", "onSegmentError", "onSegmentAbort"];

/** A player without or with an engine, and what a Source tells of it. */
function player(engine) {
  const hls = Object.assign(new EventEmitter(), { levels: [], audioTracks: [] });
  const source = new Source({ hls, engine });
  const told = [];
  for (const event of EVENTS) {
    source.on(event, (at, first, ...rest) => {
      assert.equal(typeof at, "number");
      const name = first.segment?.externalId ?? first.segmentUrl ?? first;
      told.push([event, name, first.downloadSource ?? rest[0]]);
    });
  }
  return { hls, source, told, say: (event, data) => hls.emit(event, event, data) };
}

function fragment(sn, { type = "main", loaded = 0, byteRange = [] } = {}) {
  return { sn, url: `u${sn}`, type, byteRange, start: 0, duration: 2, stats: { loaded, loading: { start: 5, end: 0 } } };
}

test("without an engine, hls.js loads", () => {
  const { told, say } = player();
  const frag = fragment(7);
  say(Events.FRAG_LOADING, { frag });
  frag.stats.loaded = 1000;
  say(Events.FRAG_LOADED, { frag, networkDetails: {} });
  assert.deepEqual(told, [
    ["onSegmentStart", 7, "http"],
    ["onChunkDownloaded", 1000, "http"],
    ["onSegmentLoaded", "u7", "http"],
  ]);
});

test("without an engine, hls.js turns to another while one is under way, but not for the sound", () => {
  const { told, say } = player();
  const frag = fragment(7, { loaded: 300 });
  say(Events.FRAG_LOADING, { frag });
  say(Events.FRAG_LOADING, { frag: fragment(107, { type: "audio" }) });
  say(Events.FRAG_LOADING, { frag: fragment(8) });
  assert.deepEqual(told, [
    ["onSegmentStart", 7, "http"],
    ["onSegmentStart", 107, "http"],
    ["onChunkDownloaded", 300, "http"],
    ["onSegmentAbort", 7, "http"],
    ["onSegmentStart", 8, "http"],
  ]);
});

test("without an engine, hls.js fails once, and gives up for a lower rendition", () => {
  const { told, say } = player();
  const frag = fragment(7);
  const error = { frag, details: "fragLoadError", error: new Error("HTTP 404") };
  say(Events.FRAG_LOADING, { frag });
  say(Events.ERROR, error);
  say(Events.ERROR, error);
  say(Events.ERROR, { details: "manifestLoadError", error: new Error("HTTP 404") });
  say(Events.FRAG_LOADING, { frag });
  say(Events.FRAG_LOAD_EMERGENCY_ABORTED, { frag });
  assert.deepEqual(told, [
    ["onSegmentStart", 7, "http"],
    ["onSegmentError", 7, "http"],
    ["onSegmentStart", 7, "http"],
    ["onSegmentAbort", 7, "http"],
  ]);
});

test("with an engine, what the engine loaded is not told of twice", () => {
  const listeners = {};
  const { told, say } = player({ addEventListener: (event, listener) => (listeners[event] = listener) });
  const frag = fragment(7, { loaded: 1000 });
  say(Events.FRAG_LOADING, { frag });
  say(Events.FRAG_LOADED, { frag, networkDetails: null });
  assert.deepEqual(told, []);
  listeners.onChunkDownloaded(1000, "p2p", "anna");
  assert.deepEqual(told.splice(0), [["onChunkDownloaded", 1000, "p2p"]]);
  say(Events.FRAG_LOADED, { frag, networkDetails: {} });
  assert.deepEqual(told.map(([event]) => event), ["onSegmentStart", "onChunkDownloaded", "onSegmentLoaded"]);
});

test("what begins a stream is told of with the first segment that needs it, and once", () => {
  const init = { ...fragment("initSegment", { loaded: 700, byteRange: [0, 700] }), url: "all" };
  const hasInit = (sn) => ({ ...fragment(sn, { loaded: 1000 }), initSegment: init });
  const expected = [["onSegmentStart", Number.NaN, "http"], ["onChunkDownloaded", 700, "http"], ["onSegmentLoaded", "all", "http"]];

  const withEngine = player({ addEventListener: () => undefined });
  withEngine.say(Events.FRAG_LOADING, { frag: init });
  withEngine.say(Events.FRAG_LOADED, { frag: hasInit(7), networkDetails: null });
  assert.deepEqual(withEngine.told, [], "it is still under way");
  init.stats.loading.end = 9;
  for (const sn of [8, 9]) withEngine.say(Events.FRAG_LOADED, { frag: hasInit(sn), networkDetails: null });
  assert.deepEqual(withEngine.told, expected);

  const { told, say } = player();
  for (const sn of [7, 8]) {
    say(Events.FRAG_LOADING, { frag: hasInit(sn) });
    say(Events.FRAG_LOADED, { frag: hasInit(sn), networkDetails: {} });
  }
  const segment = (sn) => [["onSegmentStart", sn, "http"], ["onChunkDownloaded", 1000, "http"], ["onSegmentLoaded", `u${sn}`, "http"]];
  assert.deepEqual(told, [segment(7)[0], ...expected, ...segment(7).slice(1), ...segment(8)]);
});

test("what begins subtitles counts as bytes alone, as they do", () => {
  const { told, say } = player();
  const init = fragment("initSegment", { type: "subtitle", loaded: 700 });
  init.stats.loading.end = 9;
  say(Events.FRAG_LOADED, { frag: { ...fragment(7, { type: "subtitle", loaded: 100 }), initSegment: init }, networkDetails: {} });
  assert.deepEqual(told, [["onChunkDownloaded", 700, "http"], ["onChunkDownloaded", 100, "http"]]);
});

test("a segment's place is that of its fragment", () => {
  const { hls, source } = player({ addEventListener: () => undefined });
  hls.levels = [{}, { details: { fragments: [fragment(7), fragment(8), { ...fragment(9, { byteRange: [100, 200] }), url: "all" }] } }];
  const begins = { ...fragment("initSegment"), url: "a" };
  hls.audioTracks = [{ details: { fragments: [{ ...fragment(8, { type: "audio" }), url: "a8", initSegment: begins }] } }];
  const place = (runtimeId) => source.placeOf({ runtimeId, externalId: 3 });
  assert.deepEqual(place("u8"), { type: "main", number: 8 });
  assert.deepEqual(place("a8"), { type: "secondary", number: 8 });
  assert.deepEqual(place("a"), { type: "secondary", number: undefined });
  assert.deepEqual(place("all|100-199"), { type: "main", number: 9 });
  assert.deepEqual(place("gone"), { type: "main", number: 3 });
  assert.deepEqual(source.placeOf({ runtimeId: "gone", externalId: Number.NaN }), { type: "main", number: undefined });
});
