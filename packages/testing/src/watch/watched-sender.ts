/** The sending side of a link, with everything written down that it is given and says. */
import type { Headers, LinkSender, LinkStats, Pattern, SluiceError, Ticket, WaitOptions } from '@sluice/core'
import type { Seat } from './seat.ts'

/** Hands everything through to the sender that it watches. */
export class WatchedSender implements LinkSender {
  readonly closed: Promise<SluiceError | undefined>
  readonly #sender: LinkSender
  readonly #seat: Seat
  readonly #key: ((message: never) => unknown) | undefined

  constructor(sender: LinkSender, seat: Seat, { options }: Pattern) {
    this.#sender = sender
    this.#seat = seat
    const { key } = options
    this.#key = typeof key === 'function' ? (key as (message: never) => unknown) : undefined
    this.closed = sender.closed
    void sender.closed.then(() => this.#closed())
  }

  offer(value: unknown, headers: Headers | undefined, ticket: Ticket | undefined): true | Promise<void> {
    const { id, headers: tagged } = this.#seat.tags.give(value, headers)
    const key = this.#key === undefined ? undefined : String(this.#key(value as never))
    const told: Ticket = {
      settle: (outcome, error) => {
        this.#tell('ended', id, { outcome })
        ticket?.settle(outcome, error)
      },
    }
    this.#tell('offered', id, { key })
    try {
      const taken = this.#sender.offer(value, tagged, told)
      if (taken !== true) return this.#wait(id, key, taken)
      this.#accepted(id, key)
      return true
    } catch (error) {
      this.#tell('turnedAway', id, {})
      throw error
    }
  }

  ready(options?: WaitOptions): Promise<void> {
    return this.#sender.ready(options)
  }

  lull(): void {
    this.#sender.lull?.()
  }

  hasten(): void {
    this.#sender.hasten?.()
  }

  drain(options?: WaitOptions): Promise<void> {
    return this.#sender.drain(options)
  }

  close(reason?: Error): Promise<void> {
    return this.#sender.close(reason)
  }

  stats(): LinkStats {
    return this.#sender.stats()
  }

  endpoints(): Promise<readonly string[]> {
    return this.#sender.endpoints()
  }

  async #wait(id: string, key: string | undefined, taken: Promise<void>): Promise<void> {
    try {
      await taken
    } catch (error) {
      this.#tell('turnedAway', id, {})
      throw error
    }
    this.#accepted(id, key)
  }

  #accepted(id: string, key: string | undefined): void {
    const { pending, inFlight } = this.#sender.stats()
    this.#tell('accepted', id, { key, pending, inFlight })
  }

  #tell(what: 'offered' | 'accepted' | 'turnedAway' | 'ended', id: string, details: object): void {
    this.#seat.log({ machine: this.#seat.machine, what, link: this.#seat.link, id, ...details })
  }

  #closed(): void {
    const { log, link } = this.#seat
    log({ machine: this.#seat.machine, what: 'senderClosed', link, stats: this.#sender.stats() })
  }
}
