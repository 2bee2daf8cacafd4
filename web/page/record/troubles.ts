import { signal } from "@preact/signals";

/** Information is what a viewer may want to know; a warning is of what should be otherwise. */
export type Severity = "information" | "warning";

export interface Trouble {
  readonly text: string;
  readonly severity: Severity;
  /** When it is tried again, by performance.now(). */
  readonly retryAt: number | undefined;
}

/** What is missing or wrong, in plain words: one message for each cause, as long as it is true. */
export class Troubles {
  /** By cause, the oldest first. Never changed, but replaced. */
  readonly current = signal<ReadonlyMap<string, Trouble>>(new Map());

  /** Undefined takes a message back. */
  set(cause: string, text: string | undefined, severity: Severity = "warning", retryAt?: number): void {
    const before = this.current.value;
    const old = before.get(cause);
    if (old?.text === text && old?.retryAt === retryAt && (!old || old.severity === severity)) return;
    const after = new Map(before);
    if (text === undefined) after.delete(cause);
    else after.set(cause, { text, severity, retryAt });
    this.current.value = after;
  }

  has(cause: string): boolean {
    return this.current.value.has(cause);
  }
}
