// The renditions of the stream in the player's menu, and what a viewer chooses there.

import Hls, { Events } from "hls.js";
import type { Rendition } from "../view.js";

/**
 * Keeps the menu and hls.js in step. Viewers of one rendition can share, so
 * everybody begins with the one that the manifest lists first, unless that is
 * above the cap, and stays there, until one is chosen in the menu or by a link.
 */
export class Renditions {
  /** The level where everybody begins. */
  private first = 0;
  /** The level that plays where the cap allows it: where everybody begins, until the viewer chooses another. */
  private wanted = 0;
  /** The same as others see it, who do not know the levels. */
  private rendition: Rendition;
  /** The highest that may play, as a height in pixels; undefined is any. */
  private highest: number | undefined;
  /** Hears what is chosen in the menu. */
  onChoice: (rendition: Rendition) => void = () => {};

  constructor(
    private readonly hls: Hls,
    private readonly video: HTMLVideoElement,
    { highest, rendition }: { highest: number | undefined; rendition: Rendition },
  ) {
    this.highest = highest;
    this.rendition = rendition;
    hls.on(Events.MANIFEST_PARSED, (_, { firstLevel, levels }) => {
      const chosen = levels.findLastIndex(({ height }) => height === this.rendition);
      this.first = firstLevel;
      this.wanted = chosen < 0 ? firstLevel : chosen; // a link may name one that the stream does not have
      this.cap(this.highest);
      const level = Math.min(this.wanted, this.top);
      hls.startLevel = level;
      hls.loadLevel = this.rendition === "auto" ? -1 : level;
      this.show();
    });
    hls.on(Events.LEVELS_UPDATED, () => this.list());
    hls.on(Events.LEVEL_SWITCHING, () => this.show());
    video.videoRenditions.addEventListener("change", () => this.choose(video.videoRenditions.selectedIndex));
  }

  /** Has hls.js choose by bandwidth. */
  release(): void {
    this.hls.loadLevel = -1;
    this.show();
  }

  /**
   * Has the rendition stay while something is changed that aborts the request in
   * flight: hls.js takes that for a failure of the rendition, and goes to another.
   */
  keepDuring(change: () => void): void {
    const { loadLevel, autoLevelEnabled } = this.hls;
    change();
    // The engine tells hls.js in microtasks.
    setTimeout(() => {
      if (!autoLevelEnabled && this.hls.loadLevel !== loadLevel) this.hls.loadLevel = loadLevel;
    });
  }

  /** The heights that the stream has, the lowest first. */
  get heights(): number[] {
    return [...new Set(this.hls.levels.map(({ height }) => height).filter((height) => height > 0))].sort((a, b) => a - b);
  }

  cap(highest: number | undefined): void {
    this.highest = highest;
    this.hls.autoLevelCapping = highest === undefined ? -1 : this.top;
    const level = Math.min(this.wanted, this.top);
    // Also the level that plays already would be loaded anew.
    if (!this.hls.autoLevelEnabled && this.hls.loadLevel !== level) this.hls.nextLevel = level;
    this.list();
  }

  /** The highest level that may play. hls.js has the levels by bit rate. Where all are above the cap it is the lowest. */
  private get top(): number {
    const { levels } = this.hls;
    if (this.highest === undefined) return levels.length - 1;
    return Math.max(levels.findLastIndex(({ height }) => height <= this.highest!), 0);
  }

  private choose(index: number): void {
    const chosen = this.hls.autoLevelEnabled ? -1 : this.hls.loadLevel;
    if (index === chosen) return;
    if (index >= 0) this.wanted = index;
    this.rendition = index < 0 ? "auto" : index === this.first ? undefined : this.hls.levels[index]!.height || undefined;
    this.hls.nextLevel = index;
    this.onChoice(this.rendition);
  }

  private list(): void {
    for (const track of [...this.video.videoTracks]) this.video.removeVideoTrack(track);
    const track = this.video.addVideoTrack("main");
    track.selected = true;
    this.hls.levels.slice(0, this.top + 1).forEach((level, i) => {
      const { uri, width, height, videoCodec, bitrate } = level;
      track.addRendition(uri, width, height, videoCodec, bitrate).id = String(i);
    });
    this.show();
  }

  private show(): void {
    this.video.videoRenditions.selectedIndex = this.hls.autoLevelEnabled ? -1 : this.hls.loadLevel;
  }
}
