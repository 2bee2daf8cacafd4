import type { RefObject } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import { now } from "../clock.js";
import { type Entry, type Journal, type Kind, KINDS } from "../record/journal.js";
import { CopyButton } from "./copy-button.js";
import { Panel } from "./panel.js";

/** So many are drawn; those before them are in what is copied. */
const DRAWN = 100;

const NAMES: Record<Kind, string> = {
  segments: "Segments",
  peers: "Peers",
  tracker: "Tracker",
  warnings: "Warnings",
  player: "Player",
};

/** What happened, the newest first: what is new is seen without scrolling. */
export function Log({ journal }: { journal: Journal }) {
  void now.value;
  const [hidden, hide] = useState<ReadonlySet<Kind>>(new Set());
  const [words, setWords] = useState("");
  /** What was there when it was paused. */
  const [held, hold] = useState<readonly Entry[]>();
  const list = useRef<HTMLOListElement>(null);

  const entries = held ?? journal.entries;
  const matching = useMemo(
    () => entries.filter(({ kind, text }) => !hidden.has(kind) && text.toLowerCase().includes(words.toLowerCase())),
    [entries, hidden, words],
  );
  const toggle = (kind: Kind) => {
    const next = new Set(hidden);
    if (!next.delete(kind)) next.add(kind);
    hide(next);
  };
  const clear = () => {
    journal.clear();
    if (held) hold(journal.entries);
  };
  return (
    <Panel name="log" title="Events">
      <fieldset class="kinds">
        <legend class="unseen">Kinds of events</legend>
        {KINDS.map((kind) => (
          <label key={kind}>
            <input type="checkbox" checked={!hidden.has(kind)} onChange={() => toggle(kind)} />
            {NAMES[kind]} <span class="count numbers">{entries.filter((entry) => entry.kind === kind).length}</span>
          </label>
        ))}
      </fieldset>
      <div class="tools">
        <input
          type="search"
          placeholder="Only with these words"
          aria-label="Only events with these words"
          value={words}
          onInput={({ currentTarget }) => setWords(currentTarget.value)}
        />
        <button type="button" aria-pressed={held !== undefined} onClick={() => hold(held ? undefined : journal.entries)}>Pause</button>
        <button type="button" onClick={clear}>Clear</button>
        <CopyButton label="Copy" of="the events" text={() => asText(matching)} shown={() => list.current} />
      </div>
      <div class="events" tabIndex={0} role="region" aria-label="Events, the newest first">
        <Rows entries={matching} list={list} />
      </div>
      <p class="hint">
        {held ? "Paused; events are noted all the same. " : ""}
        {matching.length > DRAWN
          ? `The latest ${DRAWN} of ${matching.length}${isSecureContext ? "; all of them are in what is copied" : ""}.`
          : `${matching.length} of ${entries.length} events.`}
      </p>
    </Panel>
  );
}

function Rows({ entries, list }: { entries: readonly Entry[]; list: RefObject<HTMLOListElement | null> }) {
  // The same rows are not drawn again with each tick.
  return useMemo(() => (
    <ol ref={list}>
      {entries.slice(-DRAWN).reverse().map(({ id, at, kind, text }) => (
        <li key={id} class={kind}>
          <span class="time numbers">{timeOf(at)}</span> <span class="kind">{kind}</span> <span class="text">{text}</span>
        </li>
      ))}
    </ol>
  ), [entries]);
}

/** The oldest first, as logs are read. */
function asText(entries: readonly Entry[]): string {
  return entries.map(({ at, kind, text }) => `${timeOf(at)} ${kind.padEnd(8)} ${text}\n`).join("");
}

/** The time of day, to the tenth of a second. */
function timeOf(at: number): string {
  const date = new Date(at);
  const two = (number: number) => String(number).padStart(2, "0");
  const seconds = `${two(date.getSeconds())}.${Math.floor(date.getMilliseconds() / 100)}`;
  return `${two(date.getHours())}:${two(date.getMinutes())}:${seconds}`;
}
