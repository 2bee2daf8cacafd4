import { now } from "../clock.js";
import type { Viewer } from "../viewer.js";
import { Panel } from "./panel.js";
import { TimelineAhead } from "./timeline-ahead.js";
import { TimelineDownloads } from "./timeline-downloads.js";
import { TimelineList } from "./timeline-list.js";

/** Segments: what is needed next, when each was fetched and from whom. */
export function Timeline({ viewer: { segments, playhead } }: { viewer: Viewer }) {
  const at = now.value;
  return (
    <Panel name="timeline" title="Segments">
      <ul class="legend" aria-hidden="true">
        <li><i class="key origin" />From the origin</li>
        <li><i class="key peers" />From peers</li>
        <li><i class="key under-way" />Being fetched</li>
        <li><i class="key urgent" />Urgent</li>
        <li><span class="mark">✕</span> Failed</li>
        <li><span class="mark">–</span> Called off</li>
      </ul>
      <div class="parts">
        <div class="drawings">
          <TimelineAhead playhead={playhead} at={at} />
          <TimelineDownloads segments={segments} at={at} />
        </div>
        <TimelineList segments={segments} playhead={playhead} at={at} />
      </div>
    </Panel>
  );
}
