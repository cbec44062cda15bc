/** Requests of one requester that can be cancelled. Pure. */
import type { Correlation } from './packets.ts'

/** One of them. `place` belongs to the list: −1 while it is in none. */
export interface Cancellable {
  readonly id: Correlation | undefined
  place: number
}

/** A list whose members know their place: each request is put in and taken out, and few are ever looked for. */
export class OpenRequests<R extends Cancellable> {
  readonly #members: R[] = []

  add(request: R): void {
    request.place = this.#members.length
    this.#members.push(request)
  }

  /** Takes a request out, if it is in. */
  remove(request: R): void {
    const { place } = request
    if (place < 0) return
    request.place = -1
    const last = this.#members.pop()
    if (last === undefined || last === request) return
    last.place = place
    this.#members[place] = last
  }

  /** Those with one of these numbers. */
  named(ids: readonly Correlation[]): R[] {
    const wanted = new Set<Correlation | undefined>(ids)
    return this.#members.filter(({ id }) => wanted.has(id))
  }

  /** All that are in now. */
  all(): R[] {
    return [...this.#members]
  }
}
