import { now } from "../clock.js";
import type { Severity, Trouble, Troubles } from "../record/troubles.js";

/**
 * What is missing or wrong. Always there, so that screen readers tell of what comes:
 * of that alone, and not of each second until something is tried again.
 */
export function TroubleList({ troubles }: { troubles: Troubles }) {
  const current = [...troubles.current.value];
  return (
    <div id="notices" role="status" aria-atomic="false">
      {current.length > 0 && <ul>{current.map(([cause, trouble]) => <Item key={cause} cause={cause} trouble={trouble} />)}</ul>}
    </div>
  );
}

function Item({ cause, trouble: { text, severity, retryAt } }: { cause: string; trouble: Trouble }) {
  return (
    <li class={severity} data-cause={cause}>
      <Mark severity={severity} />
      <p>
        {text}
        {retryAt !== undefined && <Countdown to={retryAt} />}
      </p>
    </li>
  );
}

function Countdown({ to }: { to: number }) {
  const seconds = Math.ceil((to - now.value) / 1000);
  return (
    <span class="countdown" aria-hidden="true">
      {" "}Trying again {seconds > 0 ? <>in <span class="together">{seconds} s.</span></> : "now."}
    </span>
  );
}

/** A triangle warns, a disc informs; the words are for screen readers. */
function Mark({ severity }: { severity: Severity }) {
  const [word, outline] = severity === "warning"
    ? ["Warning:", "M10 2.5 18.5 17.5H1.5Z"]
    : ["Note:", "M10 1.5a8.5 8.5 0 1 1 0 17a8.5 8.5 0 1 1 0-17Z"];
  return (
    <>
      <svg class="mark" viewBox="0 0 20 20" aria-hidden="true">
        <path d={outline} />
        <path class="sign" d={severity === "warning" ? "M10 7.5v5M10 14.6v.1" : "M10 6v.1M10 9v5.5"} />
      </svg>
      <span class="unseen">{word}</span>
    </>
  );
}
