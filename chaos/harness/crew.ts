/** Several receivers of one role that are killed and started again under the same names. */
import { Peer, until } from './peer.ts'
import type { Role } from './peer.ts'
import type { Work } from './child.ts'

/** How a receiver is made: all but its name. */
export type CrewWork = Omit<Work, 'identity'>

/** Keeps a number of receivers up. */
export class Crew implements Disposable {
  readonly #role: Role
  readonly #work: CrewWork
  readonly #within: string | undefined
  readonly #members: Peer[]

  constructor(role: Role, size: number, work: CrewWork, within?: string) {
    this.#role = role
    this.#work = work
    this.#within = within
    this.#members = Array.from({ length: size }, (_, at) => this.#start(at))
  }

  get members(): readonly Peer[] {
    return this.#members
  }

  /** Kills one that has handled something, by choice of `random`, and starts its successor. */
  async killOne(random: () => number): Promise<void> {
    await until(() => this.#members.some(({ up }) => up))
    const working = this.#members.filter(({ up }) => up)
    const victim = working[Math.floor(random() * working.length)]
    if (victim === undefined) return
    const at = this.#members.indexOf(victim)
    await victim.kill()
    this.#members[at] = this.#start(at)
  }

  [Symbol.dispose](): void {
    for (const member of this.#members) member[Symbol.dispose]()
  }

  #start(at: number): Peer {
    return new Peer(this.#role, { ...this.#work, identity: `receiver/${at}` }, this.#within)
  }
}
