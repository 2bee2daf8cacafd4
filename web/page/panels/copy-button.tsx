import { useSignal } from "@preact/signals";

const SAID_FOR_MS = 4000;

interface Props {
  label: string;
  /** What is copied, for those who do not see what the button is beside. */
  of?: string;
  text: () => string;
  /** The text as the page shows it. */
  shown?: () => Element | null;
}

/**
 * Copies a text, and says so. Where the browser keeps the clipboard from the page, as on plain http, it selects the text
 * where that is shown. The page's own address needs no place: it is in the address bar.
 */
export function CopyButton({ label, of, text, shown }: Props) {
  const said = useSignal("");
  const say = (words: string) => {
    said.value = words;
    setTimeout(() => said.value === words && (said.value = ""), SAID_FOR_MS);
  };
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      say("Copied");
    } catch {
      const element = shown?.();
      if (!element) return say("Copy it from the address bar: this page may not use the clipboard");
      getSelection()?.selectAllChildren(element);
      say("Selected: copy it with Ctrl+C or ⌘C");
    }
  };
  return (
    <span class="copy">
      <button type="button" onClick={() => void copy()}>
        {shown && !isSecureContext ? "Select" : label}
        {of && <span class="unseen"> {of}</span>}
      </button>
      <span class="hint" role="status">{said}</span>
    </span>
  );
}
