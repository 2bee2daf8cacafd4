import { callPage } from "./page-code.js";
import type { CoreEventMap } from "./types.js";

type Listener = (...args: never[]) => void;

/** The listeners of one Core. They outlive `destroy()`, as the engines expect. */
export class Events {
  private readonly listeners = new Map<keyof CoreEventMap, Listener[]>();

  add<K extends keyof CoreEventMap>(name: K, listener: CoreEventMap[K]): void {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener]);
  }

  /** Removes one registration of the listener. */
  remove<K extends keyof CoreEventMap>(name: K, listener: CoreEventMap[K]): void {
    const listeners = this.listeners.get(name) ?? [];
    const index = listeners.indexOf(listener);
    if (index !== -1) this.listeners.set(name, listeners.filter((_, i) => i !== index));
  }

  /** Calls those that are registered now; who comes or goes meanwhile changes nothing. */
  emit<K extends keyof CoreEventMap>(name: K, ...args: Parameters<CoreEventMap[K]>): void {
    for (const listener of this.listeners.get(name) ?? []) {
      callPage(() => listener(...(args as unknown as never[])));
    }
  }
}
