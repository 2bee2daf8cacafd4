import { useRef, useState } from "preact/hooks";
import { type Snippet, type SnippetText, snippets } from "../snippets.js";
import type { Viewer } from "../viewer.js";
import { CopyButton } from "./copy-button.js";
import { Panel } from "./panel.js";

/** How to have this on a page of one's own. */
export function Install({ viewer: { steering, stun } }: { viewer: Viewer }) {
  const dist = new URL("dist/", document.baseURI).href;
  const { stream, tracker, swarm } = steering.view.value;
  const all = snippets({ dist, stream, tracker, stun, swarm });
  return (
    <Panel name="install" title="Put it on your page">
      <p>
        A page that uses P2P Media Loader changes one line. Each page below is complete and plays this
        stream: paste it, open it, and it joins the viewers here.
      </p>
      <Tabs snippets={all} />
      <p class="hint">{reachOf(new URL(dist))}</p>
      {new URL(dist).hostname.startsWith("[") && (
        <p class="hint">npm 11 does not fetch from an IPv6 address, as it looks it up as a name. Open this page under a name for npm's line.</p>
      )}
      <p class="hint">
        A page with a Content-Security-Policy needs <code>'wasm-unsafe-eval'</code> and this server's origin in <code>script-src</code>, and in <code>connect-src</code> that origin and the tracker's.
        Where anything is missing the video comes over HTTP, as from plain hls.js.
      </p>
    </Panel>
  );
}

/** Tabs by the pattern of the ARIA Authoring Practices: one is in the tab order, arrows go to the others. */
function Tabs({ snippets }: { snippets: Snippet[] }) {
  const [chosen, choose] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const go = (event: KeyboardEvent) => {
    const last = snippets.length - 1;
    const target = {
      ArrowLeft: chosen === 0 ? last : chosen - 1,
      ArrowRight: chosen === last ? 0 : chosen + 1,
      Home: 0,
      End: last,
    }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    choose(target);
    list.current?.querySelectorAll("button")[target]?.focus();
  };
  return (
    <>
      <div role="tablist" aria-labelledby="install-title" ref={list} onKeyDown={go}>
        {snippets.map(({ name, title }, i) => (
          <button
            type="button"
            role="tab"
            key={name}
            id={`install-${name}-tab`}
            aria-controls={`install-${name}`}
            aria-selected={i === chosen}
            tabIndex={i === chosen ? 0 : -1}
            onClick={() => choose(i)}
          >
            {title}
          </button>
        ))}
      </div>
      {snippets.map((snippet, i) => <Way key={snippet.name} snippet={snippet} hidden={i !== chosen} />)}
    </>
  );
}

function Way({ snippet: { name, before, after, unchanged, texts }, hidden }: { snippet: Snippet; hidden: boolean }) {
  return (
    <div role="tabpanel" id={`install-${name}`} aria-labelledby={`install-${name}-tab`} hidden={hidden}>
      <h3>The line that changes</h3>
      <dl class="swap">
        <div class="before">
          <dt>Before</dt>
          <dd>{before === undefined ? "no such line: the engine brings npm's core along" : <code>{before}</code>}</dd>
        </div>
        <div class="after"><dt>After</dt><dd><code>{after}</code></dd></div>
      </dl>
      <p>{unchanged}</p>
      <h3>A complete page</h3>
      {texts.map((text) => <Code key={text.title} {...text} swapped={after} />)}
    </div>
  );
}

/** A text to paste, in which the line that was swapped is marked. */
function Code({ title, text, swapped }: SnippetText & { swapped: string }) {
  const code = useRef<HTMLElement>(null);
  const lines = text.split("\n").slice(0, -1);
  return (
    <figure>
      <figcaption>
        <span>{title}</span>
        <CopyButton label="Copy" of={title} text={() => text} shown={() => code.current} />
      </figcaption>
      <pre tabIndex={0} role="region" aria-label={`${title}, code`}>
        <code ref={code}>
          {lines.map((line) => [line.trim() === swapped ? <mark>{line}</mark> : line, "\n"])}
        </code>
      </pre>
    </figure>
  );
}

/** From where the addresses in the snippets can be reached. */
function reachOf({ hostname, protocol }: URL): string {
  if (/^(localhost|127\..*|\[::1\])$/.test(hostname)) {
    return `${hostname} is this machine alone. Open this page under an address that others reach, and the snippets have that one.`;
  }
  return protocol === "https:"
    ? "These addresses are those of this server, as this page was opened."
    : "These addresses are those of this server, as this page was opened. A page under https needs a server under https, too.";
}
