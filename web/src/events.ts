import { callPage } from "./page-code.js";
import type { CoreEventMap } from "./types.js";

type Listener = (...args: never[]) => void;

/** The listeners of one Core. They outlive `destroy()`, as the engines expect. */
export class Events {
  private readonly listeners = new Map<keyof CoreEventMap, Set<{ listener: Listener }>>();

  add<K extends keyof CoreEventMap>(name: K, listener: CoreEventMap[K]): void {
    const registrations = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, registrations.add({ listener }));
  }

  /** Removes one registration of the listener, the oldest. */
  remove<K extends keyof CoreEventMap>(name: K, listener: CoreEventMap[K]): void {
    const registrations = this.listeners.get(name) ?? new Set();
    for (const registration of registrations) {
      if (registration.listener !== listener) continue;
      registrations.delete(registration);
      return;
    }
  }

  hasListener(name: keyof CoreEventMap): boolean {
    return (this.listeners.get(name)?.size ?? 0) > 0;
  }

  /** Calls the listeners. Who comes meanwhile is called too, who has gone is not. */
  emit<K extends keyof CoreEventMap>(name: K, ...args: Parameters<CoreEventMap[K]>): void {
    for (const { listener } of this.listeners.get(name) ?? []) {
      callPage(() => listener(...(args as unknown as never[])));
    }
  }
}
