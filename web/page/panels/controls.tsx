import { now } from "../clock.js";
import type { Loader } from "../view.js";
import { LOADERS, MOST_UPLOAD } from "../view.js";
import type { Viewer } from "../viewer.js";
import { CopyButton } from "./copy-button.js";
import { Panel } from "./panel.js";
import { Places } from "./places.js";

const LOADER_NAMES: Record<Loader, string> = { ours: "Ours", javascript: "JavaScript", none: "None" };
const LOADER_MEANINGS: Record<Loader, string> = {
  ours: "The Go loader, as WebAssembly, below npm's engine for hls.js.",
  javascript: "npm p2p-media-loader-core 2.3 below the same engine, with the same settings, but without hls.js's worker, with which it has nothing to give. It shares a swarm with ours.",
  none: "hls.js by itself: everything comes from the origin.",
};

/** What a visitor can change. All of it is in the address bar. */
export function Controls({ viewer }: { viewer: Viewer }) {
  const { steering } = viewer;
  const view = steering.view.value;
  return (
    <Panel name="controls" title="Controls">
      <div class="fields">
        <fieldset>
          <legend>Loader</legend>
          <div class="choices">
            {LOADERS.map((loader) => (
              <label key={loader}>
                <input
                  type="radio"
                  name="loader"
                  value={loader}
                  checked={loader === view.loader}
                  onChange={() => steering.open({ loader })}
                />
                {LOADER_NAMES[loader]}
              </label>
            ))}
          </div>
        </fieldset>
        <label class="switch">
          <input
            type="checkbox"
            id="p2p"
            checked={view.p2p && view.loader !== "none"}
            disabled={view.loader === "none"}
            onChange={({ currentTarget }) => steering.setP2P(currentTarget.checked)}
          />
          Share with peers
        </label>
        <UploadLimit viewer={viewer} />
        <HighestRendition viewer={viewer} />
        <CopyButton label="Copy link" text={() => steering.address()} />
      </div>
      <p class="hint">{LOADER_MEANINGS[view.loader]}</p>
      <Places steering={steering} />
    </Panel>
  );
}

function UploadLimit({ viewer: { steering } }: { viewer: Viewer }) {
  const { loader, uploadLimit } = steering.view.value;
  const without = { javascript: "npm's core has no upload limit", none: "nothing is given without a loader" };
  return (
    <label title={loader === "ours" ? undefined : without[loader]}>
      Upload limit, kbit/s
      <input
        id="upload"
        type="number"
        inputMode="numeric"
        min="1"
        max={MOST_UPLOAD}
        step="1"
        placeholder="none"
        disabled={loader !== "ours"}
        value={uploadLimit ?? ""}
        onChange={({ currentTarget: field }) => {
          if (!field.reportValidity()) return;
          steering.limitUpload(field.value === "" ? undefined : field.valueAsNumber);
        }}
      />
    </label>
  );
}

function HighestRendition({ viewer: { steering, renditions } }: { viewer: Viewer }) {
  void now.value; // the heights come with the manifest
  const { highest } = steering.view.value;
  const heights = renditions.heights;
  const choices = highest === undefined || heights.includes(highest) ? heights : [...heights, highest].sort((a, b) => a - b);
  return (
    <label>
      Highest rendition
      <select
        id="highest"
        value={highest?.toString() ?? ""}
        onChange={({ currentTarget }) => steering.capRendition(currentTarget.value === "" ? undefined : Number(currentTarget.value))}
      >
        <option value="">any</option>
        {choices.map((height) => <option key={height} value={height}>{height}p</option>)}
      </select>
    </label>
  );
}
