/** How often something happened, by its reason. Pure. */

/** Made for every link, and most have nothing to count: its map is made with the first. */
export class ReasonCounts {
  #counts: Map<string, number> | undefined

  add(reason: string, count: number = 1): void {
    const counts = (this.#counts ??= new Map())
    counts.set(reason, (counts.get(reason) ?? 0) + count)
  }

  /** Each reason that there was, with its count. */
  all(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts ?? [])
  }
}
