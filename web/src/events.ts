import { callPage } from "./page-code.js";
import type { CoreEventMap } from "./types.js";

type Listener = (...args: never[]) => void;

interface Registration {
  readonly listener: Listener;
  /** Whether it would do anything now. */
  readonly listens: () => boolean;
}

/** The listeners of one Core. They outlive `destroy()`, as the engines expect. */
export class Events {
  private readonly listeners = new Map<keyof CoreEventMap, Set<Registration>>();

  /** @param listens tells whether the listener would do anything now. */
  add<K extends keyof CoreEventMap>(name: K, listener: CoreEventMap[K], listens = () => true): void {
    const registrations = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, registrations.add({ listener, listens }));
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

  /** Whether anybody would hear the event now. */
  hasListener(name: keyof CoreEventMap): boolean {
    for (const { listens } of this.listeners.get(name) ?? []) if (listens()) return true;
    return false;
  }

  /** Calls the listeners. Who comes meanwhile is called too, who has gone is not. */
  emit<K extends keyof CoreEventMap>(name: K, ...args: Parameters<CoreEventMap[K]>): void {
    for (const { listener } of this.listeners.get(name) ?? []) {
      callPage(() => listener(...(args as unknown as never[])));
    }
  }
}
