import { now } from "../clock.js";
import type { Viewer } from "../viewer.js";

/** Which rendition plays, and how far behind live. */
export function NowPlaying({ viewer: { name, hls, video } }: { viewer: Viewer }) {
  void now.value;
  const level = hls.levels[hls.currentLevel];
  const said = [];
  if (level) said.push(`${level.height ? `${level.width} × ${level.height}, ` : ""}${(level.bitrate / 1e6).toFixed(1)} Mbit/s`);
  if (level?.details?.live && !video.paused) said.push(`${hls.latency.toFixed(0)}\u00a0s behind live`);
  return (
    <p id="now-playing" class="hint numbers">
      You are viewer <code>{name}</code>. <span id="rendition">{level ? said.join(", ") : "Waiting for the stream"}</span>
    </p>
  );
}
