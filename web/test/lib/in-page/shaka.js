// A page with Shaka Player and the engine, as its makers write it.

import { ShakaP2PEngine } from "p2p-media-loader-shaka";

const { shaka } = window;
const setup = JSON.parse(document.getElementById("setup").textContent);
await window.configure?.(setup.p2p); // what a test cannot write in JSON
shaka.polyfill.installAll();
ShakaP2PEngine.registerPlugins(shaka);

const engine = new ShakaP2PEngine({ core: setup.p2p }, shaka);
const player = new shaka.Player();
window.viewer = { engine, shaka: player };
await player.attach(document.getElementById("video"));
// One rendition for everybody, so that all are in one swarm.
player.configure({ abr: { enabled: false, defaultBandwidthEstimate: 1 }, ...setup.shaka });
engine.bindShakaPlayer(player);
await player.load(setup.stream);
