// Which rendition plays: where everybody begins or what the viewer chose, as far as the cap allows it.

import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./bundle.mjs";

globalThis.self ??= globalThis; // hls.js looks for it
const { Renditions } = await load('export * from "./page/player/renditions.ts";');

const HEIGHTS = [360, 480, 720];
const BEGINNING = HEIGHTS.indexOf(480);

/** The manifest is there. `playing` is the height, `choose` is the menu, and `switches` counts what was loaded anew. */
function setup({ highest, rendition } = {}) {
  const listeners = new Map();
  let level = 0;
  const hls = {
    levels: HEIGHTS.map((height) => ({ height, uri: `${height}.m3u8` })),
    autoLevelEnabled: true,
    switches: 0,
    on: (name, listener) => listeners.set(name, listener),
    get loadLevel() {
      return level;
    },
    set loadLevel(index) {
      this.autoLevelEnabled = index < 0;
      level = Math.max(index, 0);
    },
    set nextLevel(index) {
      this.switches++;
      this.loadLevel = index;
    },
  };
  const videoRenditions = Object.assign(new EventTarget(), { selectedIndex: -1 });
  const video = { videoRenditions, videoTracks: [], addVideoTrack: () => ({ addRendition: () => ({}) }) };
  const renditions = new Renditions(hls, video, { highest, rendition });
  const told = [];
  renditions.onChoice = (choice) => told.push(choice);
  listeners.get("hlsManifestParsed")("", { firstLevel: BEGINNING, levels: hls.levels });
  const choose = (height) => {
    videoRenditions.selectedIndex = HEIGHTS.indexOf(height);
    videoRenditions.dispatchEvent(new Event("change"));
  };
  return { renditions, hls, told, choose, playing: () => HEIGHTS[hls.loadLevel] };
}

test("who opens a link with a cap and takes it off plays what everybody begins with", () => {
  const { renditions, playing } = setup({ highest: 360 });
  assert.equal(playing(), 360);
  renditions.cap(undefined);
  assert.equal(playing(), 480);
});

test("a cap lowers what was chosen, and gives it back", () => {
  const { renditions, choose, playing } = setup();
  assert.equal(playing(), 480);
  choose(720);
  renditions.cap(360);
  assert.equal(playing(), 360);
  renditions.cap(480);
  assert.equal(playing(), 480);
  renditions.cap(undefined);
  assert.equal(playing(), 720);
});

test("a cap above what plays changes nothing, and loads nothing anew", () => {
  const { renditions, hls, choose, playing } = setup({ highest: 720 });
  choose(360);
  const { switches } = hls;
  renditions.cap(480);
  renditions.cap(undefined);
  assert.equal(playing(), 360);
  assert.equal(hls.switches, switches);
});

test("hls.js goes on choosing by bandwidth where that was chosen", () => {
  const { renditions, hls, choose } = setup();
  choose(undefined);
  renditions.cap(360);
  renditions.cap(undefined);
  assert.ok(hls.autoLevelEnabled);
});

test("what is chosen in the menu is told, and what a cap or hls.js does is not", () => {
  const { renditions, hls, told, choose } = setup();
  choose(720);
  choose(720);
  renditions.cap(360);
  renditions.cap(undefined);
  choose(undefined);
  choose(480);
  hls.loadLevel = 0;
  renditions.release();
  assert.deepEqual(told, [720, "auto", undefined]);
});

test("a link plays what was chosen, as far as its cap and the stream allow it", () => {
  assert.equal(setup({ rendition: 720 }).playing(), 720);
  assert.equal(setup({ rendition: 1080 }).playing(), 480, "the stream has no such one");
  const { renditions, playing } = setup({ rendition: 720, highest: 360 });
  assert.equal(playing(), 360);
  renditions.cap(undefined);
  assert.equal(playing(), 720);
  assert.ok(setup({ rendition: "auto" }).hls.autoLevelEnabled);
});
