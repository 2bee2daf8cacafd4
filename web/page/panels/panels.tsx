import type { Viewer } from "../viewer.js";
import { Company } from "./company.js";
import { Controls } from "./controls.js";
import { Install } from "./install.js";
import { Log } from "./log.js";
import { NowPlaying } from "./now-playing.js";
import { Offload } from "./offload.js";
import { Swarm } from "./swarm.js";
import { Timeline } from "./timeline.js";
import { Traffic } from "./traffic.js";
import { TroubleList } from "./trouble-list.js";

/** All that is around the player. */
export function Panels({ viewer }: { viewer: Viewer }) {
  return (
    <>
      <NowPlaying viewer={viewer} />
      <TroubleList troubles={viewer.troubles} />
      <Offload viewer={viewer} />
      <Company viewer={viewer} />
      <Controls viewer={viewer} />
      <Traffic bytes={viewer.bytes} />
      <Swarm viewer={viewer} />
      <Timeline viewer={viewer} />
      <Install viewer={viewer} />
      <Log journal={viewer.journal} />
    </>
  );
}
