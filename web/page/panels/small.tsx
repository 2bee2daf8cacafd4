import { now } from "../clock.js";
import { formatShare } from "../format.js";
import type { Viewer } from "../viewer.js";

/** What is said of a viewer in a frame of another's page. */
export function SmallPanel({ viewer }: { viewer: Viewer }) {
  void now.value;
  return (
    <p class="small-panel">
      <code>{viewer.name}</code> {formatShare(viewer.bytes.share)}<span class="unseen"> from peers</span>
    </p>
  );
}
