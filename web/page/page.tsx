// The demo: hls.js from npm, the engine of P2P Media Loader from npm, below it the
// loader that the address asks for, and around it what happens there.

import Hls from "hls.js";
import { render } from "preact";
import { stunAddress } from "./endpoints.js";
import { Panels } from "./panels/panels.js";
import { SmallPanel } from "./panels/small.js";
import { makePlayer, start } from "./player/player.js";
import { Renditions } from "./player/renditions.js";
import { Steering } from "./player/steering.js";
import { Bytes } from "./record/bytes.js";
import { newPeerIdPrefix, nameOf } from "./record/identity.js";
import { Journal } from "./record/journal.js";
import { Peers } from "./record/peers.js";
import { Playhead } from "./record/playhead.js";
import { Segments } from "./record/segments.js";
import { Source } from "./record/source.js";
import { Troubles } from "./record/troubles.js";
import { watchForTroubles } from "./record/troubleshooting.js";
import { readView } from "./view.js";
import type { Viewer } from "./viewer.js";

const troubles = new Troubles();
const view = readView(new URL(location.href), (complaint) => troubles.set(complaint, complaint));
if (view.small) document.documentElement.classList.add("small");

const video = document.querySelector("video")!;
const peerIdPrefix = newPeerIdPrefix();
const stun = await stunAddress(location);
const player = await makePlayer(view, { stun, peerIdPrefix });
const renditions = new Renditions(player.hls, video, view);
const source = new Source(player);
const segments = new Segments(source);
const viewer: Viewer = {
  ...player,
  name: nameOf(peerIdPrefix),
  stun,
  video,
  renditions,
  steering: new Steering(view, player, renditions),
  bytes: new Bytes(source),
  peers: new Peers(source),
  segments,
  playhead: new Playhead(player, video, segments),
  journal: new Journal(source, player.hls, segments),
  troubles,
};

watchForTroubles(viewer, source);
render(view.small ? <SmallPanel viewer={viewer} /> : <Panels viewer={viewer} />, document.getElementById("panels")!);
document.getElementById("lifeless")?.remove();

if (Hls.isSupported()) {
  start(player, view.stream, video, renditions, (why) => {
    troubles.set("player", `The player has stopped (${why}). Load the page again, or try another browser.`);
  });
}

// For tests and the console.
Object.assign(window, { viewer });
