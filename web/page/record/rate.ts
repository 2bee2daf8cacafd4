/** What is shown as a rate is the mean of so long a time. */
const RATE_OVER_MS = 2000;
const SLOT_MS = 250;

/** How fast bytes have lately come or gone. */
export class Rate {
  /** Bytes by the number of the quarter of a second in which they came. */
  private readonly slots = new Map<number, number>();

  add(at: number, bytes: number): void {
    const slot = Math.floor(at / SLOT_MS);
    this.slots.set(slot, (this.slots.get(slot) ?? 0) + bytes);
    for (const old of this.slots.keys()) if (old <= slot - RATE_OVER_MS / SLOT_MS) this.slots.delete(old);
  }

  /** In bytes a second. */
  at(now: number): number {
    const current = Math.floor(now / SLOT_MS);
    let sum = 0;
    for (const [slot, bytes] of this.slots) if (slot > current - RATE_OVER_MS / SLOT_MS) sum += bytes;
    return (sum * 1000) / RATE_OVER_MS;
  }
}
