import type { Steering } from "../player/steering.js";
import { swarmOf } from "../view.js";

/** Where the stream and its other viewers are: what the page is loaded anew for. */
export function Places({ steering }: { steering: Steering }) {
  const { stream, tracker, swarm } = steering.view.value;
  const page = new URL(location.href);
  const usualSwarm = swarmOf(stream, page);
  const apply = (form: HTMLFormElement) => {
    const fields = new FormData(form);
    const given = (name: string) => String(fields.get(name)).trim();
    steering.open({ stream: given("stream"), tracker: given("tracker"), swarm: given("swarm") || swarmOf(given("stream"), page) });
  };
  return (
    <details id="places">
      <summary>Another stream, tracker or swarm</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          apply(event.currentTarget);
        }}
      >
        <label>
          Stream: the address of its playlist
          <input name="stream" type="url" required pattern="https?://.+" title="an address that begins with http:// or https://" defaultValue={stream} />
        </label>
        <label>
          Tracker
          <input name="tracker" type="url" required pattern="wss?://.+" title="an address that begins with ws:// or wss://" defaultValue={tracker} />
        </label>
        <label>
          Swarm id
          <input name="swarm" type="text" placeholder="from the stream's path" defaultValue={swarm === usualSwarm ? "" : swarm} />
        </label>
        <button type="submit" class="primary">Play</button>
      </form>
    </details>
  );
}
