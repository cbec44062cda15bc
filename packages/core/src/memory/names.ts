/** Names of endpoints within a thread: who is bound to each, and who waits for somebody to be. */
import { Turns } from './turns.ts'

/** The connecting side of a name. */
export interface Guest<H> {
  /** Somebody is bound to the name: now, or from now on. */
  meet(host: H): void
}

/** A table of names, in which the two sides of each find one another in any order. */
export class Names<H> {
  /** One for all ports that meet here, so that what was posted first is handed over first. */
  readonly turns: Turns = new Turns()
  readonly #hosts = new Map<string, H>()
  readonly #guests = new Map<string, Set<Guest<H>>>()
  #counter = 0

  /** A number that was not given out before, for labels. */
  next(): number {
    return ++this.#counter
  }

  /** A name that nobody has, for `*`. */
  fresh(): string {
    let name = ''
    do name = `any-${this.next()}`
    while (this.#hosts.has(name) || this.#guests.has(name))
    return name
  }

  /** Who is bound to a name, if anybody is. */
  host(name: string): H | undefined {
    return this.#hosts.get(name)
  }

  /** Binds a name; false when somebody else is bound to it. */
  claim(name: string, host: H): boolean {
    if (this.#hosts.has(name)) return false
    this.#hosts.set(name, host)
    const waiting = this.#guests.get(name)
    this.#guests.delete(name)
    for (const guest of waiting ?? []) guest.meet(host)
    return true
  }

  /** Gives a name back; whoever is connected seeks it anew. */
  release(name: string, host: H): void {
    if (this.#hosts.get(name) === host) this.#hosts.delete(name)
  }

  /** Meets the host of a name, at once or as soon as there is one. */
  seek(name: string, guest: Guest<H>): void {
    const host = this.#hosts.get(name)
    if (host !== undefined) return guest.meet(host)
    const waiting = this.#guests.get(name) ?? new Set()
    this.#guests.set(name, waiting.add(guest))
  }

  /** Seeks no longer. */
  leave(name: string, guest: Guest<H>): void {
    const waiting = this.#guests.get(name)
    if (waiting?.delete(guest) === true && waiting.size === 0) this.#guests.delete(name)
  }
}
