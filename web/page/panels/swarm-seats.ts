/** Who has which seat in the swarm's graph: who stays keeps it, as long as there are so many. */
export class Seating {
  private taken = new Map<string, number>();

  /** Seats these on as many seats as there are, or more; gives the number of each one's seat. */
  seat(ids: readonly string[], seats: number): ReadonlyMap<string, number> {
    const kept = ids.filter((id) => (this.taken.get(id) ?? Infinity) < seats);
    const numbers = new Set(kept.map((id) => this.taken.get(id)!));
    let next = 0;
    const free = () => {
      while (numbers.has(next)) next++;
      return next++;
    };
    const known = this.taken;
    this.taken = new Map(kept.map((id) => [id, known.get(id)!]));
    for (const id of ids) if (!this.taken.has(id)) this.taken.set(id, free());
    return this.taken;
  }
}
