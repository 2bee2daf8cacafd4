import { useMemo } from "preact/hooks";
import type { Viewer } from "../viewer.js";
import { Panel } from "./panel.js";

const EIGHT = 8;

/** More viewers: in a tab of their own, or here in frames, since the JavaScript core has one peer id for each realm. */
export function Company({ viewer: { steering } }: { viewer: Viewer }) {
  const { others } = steering.view.value;
  const another = steering.address({ others: 0 });
  // They stay as they were opened: another address would load each anew, and Back would lead through all of that.
  const frame = useMemo(() => steering.address({ others: 0, small: true }), [others]);
  return (
    <Panel name="company" title="More viewers">
      <p class="actions">
        <a class="button primary" href={another} target="_blank">Open another viewer</a>
        {others === 0
          ? <button type="button" onClick={() => steering.showOthers(EIGHT)}>Open eight viewers here</button>
          : <button type="button" onClick={() => steering.showOthers(0)}>Close them</button>}
        <span class="hint">Each is a viewer like this one, and takes the video from the others.</span>
      </p>
      {others > 0 && (
        <ol>
          {Array.from({ length: others }, (_, i) => (
            <li key={i}>
              <iframe src={frame} title={`Viewer ${i + 1}`} allow="autoplay" tabIndex={-1} />
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}
