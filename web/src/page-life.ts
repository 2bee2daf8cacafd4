// The life of the page, as far as a browser tells of it: it goes, may come back as
// it was, is frozen, finds itself in another network or in another hour. Peers
// must hear of the first at once, and none of it may break the player.

import type { ModuleLife } from "./module.js";

/**
 * Who has been silent for so long is alone: peers and trackers have given up on
 * it, and its own connections take 15 s to find that out (Chromium 156).
 */
const ALONE_MS = 5000;
/** How often the clock is looked at: nothing else tells that the machine has slept. */
const TICK_MS = 2000;
/** Browsers let the timers of a hidden page wait for so long. */
const THROTTLED_MS = 60_000;
/** Networks come and go in bursts; connections are begun anew once in so long. */
const CALM_MS = 5000;
/** A page that still runs so long after it was told that it goes has stayed. */
const STAYED_MS = 1000;

/** What a page has of its surroundings; a server or a worker has less. */
interface Surroundings {
  addEventListener?: (name: string, listener: () => void, options: AddEventListenerOptions) => void;
  document?: Document;
  navigator?: { connection?: EventTarget & { type?: string } };
}

/** Follows the page for as long as it lives, and tells the module. */
export class PageLife {
  private isAway = false;
  private offlineAt: number | undefined;
  /** What has to be done once it is calm; undefined for nothing. */
  private due: "reconnect" | "startOver" | undefined;
  private calming: ReturnType<typeof setTimeout> | undefined;
  private ticking: ReturnType<typeof setInterval> | undefined;
  private tickedAt = 0;
  private networkType: string | undefined;

  constructor(
    private readonly module: ModuleLife,
    private readonly page: Surroundings = globalThis as Surroundings,
  ) {
    module.watch(() => this.follow());
    // Before the page's own listeners, which may throw, or let nobody else hear.
    const options = { capture: true };
    page.addEventListener?.("pagehide", () => this.go(), options);
    page.addEventListener?.("pageshow", () => this.comeBack(), options);
    page.addEventListener?.("offline", () => (this.offlineAt ??= Date.now()), options);
    page.addEventListener?.("online", () => this.online(), options);
    page.document?.addEventListener?.("freeze", () => this.go(), options);
    page.document?.addEventListener?.("resume", () => this.comeBack(), options);
    const connection = page.navigator?.connection;
    this.networkType = connection?.type;
    connection?.addEventListener?.("change", () => this.changed(connection.type));
  }

  private follow(): void {
    clearInterval(this.ticking);
    if (this.isAway) this.module.tell((loaders) => loaders.rest());
    if (this.module.state.name !== "ready" || !this.page.document) return;
    this.tickedAt = Date.now();
    this.ticking = setInterval(() => this.tick(), TICK_MS);
  }

  /**
   * The page is about to stop running. Closing its connections here is what tells
   * peers: those of a page that is gone look alive for 15 s. While one of them is
   * open a browser does not keep the page, either.
   */
  private go(): void {
    if (this.isAway) return;
    this.isAway = true;
    this.module.tell((loaders) => loaders.rest());
    setTimeout(() => this.comeBack(), STAYED_MS);
  }

  private comeBack(): void {
    if (!this.isAway) return;
    this.isAway = false;
    this.tickedAt = Date.now();
    this.module.tell((loaders) => loaders.wake());
  }

  private online(): void {
    const cutOff = Date.now() - (this.offlineAt ?? Date.now());
    this.offlineAt = undefined;
    this.want(cutOff >= ALONE_MS ? "startOver" : "reconnect");
  }

  /** Only where the type is told: the rest are estimates of speed. */
  private changed(type: string | undefined): void {
    if (type === this.networkType) return;
    this.networkType = type;
    if (type !== "none") this.want("startOver");
  }

  private tick(): void {
    const now = Date.now();
    const late = now - this.tickedAt - TICK_MS;
    this.tickedAt = now;
    const usual = this.page.document?.hidden ? THROTTLED_MS : 0;
    if (late >= usual + ALONE_MS) this.want("startOver");
  }

  private want(what: "reconnect" | "startOver"): void {
    if (this.due !== "startOver") this.due = what;
    if (this.calming === undefined) this.begin();
  }

  /** The first of a burst is done at once, the rest of it in one when it is over. */
  private begin(): void {
    const { due } = this;
    this.due = this.calming = undefined;
    if (!due) return;
    this.calming = setTimeout(() => this.begin(), CALM_MS);
    if (this.isAway) return;
    this.module.tell((loaders) => {
      if (due === "reconnect") return loaders.reconnect();
      loaders.rest();
      loaders.wake();
    });
  }
}
