// What a visitor can change.

import { type ReadonlySignal, signal } from "@preact/signals";
import { addressOf, type View } from "../view.js";
import type { Player } from "./player.js";
import type { Renditions } from "./renditions.js";

/**
 * Owns the view from the start of the page on, and keeps the address bar in step.
 * What a player can change while it plays is changed; for the rest the page is
 * loaded anew, and Back leads to the one before.
 */
export class Steering {
  private readonly state;

  constructor(view: View, private readonly player: Player, private readonly renditions: Renditions) {
    this.state = signal(view);
    renditions.onChoice = (rendition) => this.note({ rendition });
    // A page that the browser has kept comes back with the control marked that led away from it.
    addEventListener("pageshow", ({ persisted }) => {
      if (persisted) this.state.value = { ...this.state.value };
    });
  }

  get view(): ReadonlySignal<View> {
    return this.state;
  }

  setP2P(p2p: boolean): void {
    this.renditions.keepDuring(() => this.player.engine?.applyDynamicConfig({ core: { isP2PDisabled: !p2p } }));
    this.note({ p2p });
  }

  /** @param uploadLimit in kbit/s; undefined is without one. */
  limitUpload(uploadLimit: number | undefined): void {
    this.player.engine?.applyDynamicConfig({ core: { uploadRateLimit: uploadLimit } });
    this.note({ uploadLimit });
  }

  /** @param highest a height in pixels; undefined is any. */
  capRendition(highest: number | undefined): void {
    this.renditions.cap(highest);
    this.note({ highest });
  }

  showOthers(others: number): void {
    this.note({ others });
  }

  /** Loads the page anew. */
  open(change: Partial<View>): void {
    location.assign(this.address(change));
  }

  /** The address of this view, or of one that differs from it. */
  address(change: Partial<View> = {}): string {
    return addressOf({ ...this.state.value, ...change }, new URL(location.href));
  }

  private note(change: Partial<View>): void {
    this.state.value = { ...this.state.value, ...change };
    history.replaceState(history.state, "", this.address());
  }
}
