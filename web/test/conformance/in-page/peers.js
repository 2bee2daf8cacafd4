// A page that is one of two in a swarm; ../peers.mjs tells it what to do.

import * as api from "p2p-media-loader-core";
import { Kit } from "./kit.js";

const setup = JSON.parse(document.getElementById("setup").textContent);
let kit;
let core;
let segments;

window.peer = {
  /** Enters the swarm of that name; `refuses`: what its peers send is not valid. */
  enter(swarmId, { refuses, validates, ...settings } = {}) {
    kit = new Kit(api, setup);
    const validateP2PSegment = async (...args) => {
      kit.note("validate", ...args);
      return !refuses;
    };
    core = kit.core({ swarmId, ...(validates && { validateP2PSegment }), ...settings });
    segments = kit.register(core, ["a.ts", "b.ts"]);
  },
  /** Asks for a segment; does not wait for it. */
  load: (index) => void kit.load(core, segments[index]),
  change: (settings) => core.applyDynamicConfig(settings),
  leave: () => core.destroy(),
  has: (text, times = 1) => kit.log.filter((line) => line.includes(text)).length >= times,
  log: () => kit.log,
};
window.isReady = true;
