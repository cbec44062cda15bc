/** The end of a requester: every replier is told, and answers that it knows (RR-10, RR-13). */
import type { Clock, Peer, Timer } from '@sluice/core'
import type { RequestReplyPacket } from './packets.ts'
import type { KnownReplier } from './repliers.ts'

/** Between two ENDs to a replier that has not answered, in milliseconds. */
const repeatMs = 1_000
/** How often END goes to a peer that may be a bare one, which need not answer. */
const mostToStrangers = 3

/** Whom a farewell tells, how, and what follows. */
export interface FarewellOptions {
  readonly identity: string
  /** Whether repliers that have not announced themselves are told too. */
  readonly everyone: boolean
  readonly clock: Clock
  readonly send: (peer: Peer, packet: RequestReplyPacket) => void
  /** Every replier that was told has answered, is gone, or has shown that it does not answer. */
  readonly onDone: () => void
}

/** Tells repliers of the end until each of them knows. */
export class Farewell {
  readonly #options: FarewellOptions
  readonly #packet: RequestReplyPacket
  readonly #told = new Map<KnownReplier, number>()
  #timer: Timer | undefined

  constructor(options: FarewellOptions) {
    this.#options = options
    this.#packet = { type: 'end', identity: options.identity }
  }

  /** Tells all who are there now. */
  begin(repliers: Iterable<KnownReplier>): void {
    for (const replier of repliers) this.tell(replier)
    this.#look()
  }

  /** Tells one replier. */
  tell(replier: KnownReplier): void {
    if (!replier.announced && !this.#options.everyone) return
    this.#told.set(replier, 1)
    this.#options.send(replier.peer, this.#packet)
  }

  /** A replier has answered, or is gone. */
  forget(replier: KnownReplier): void {
    if (this.#told.delete(replier)) this.#look()
  }

  /** Tells nobody any more. */
  close(): void {
    this.#timer?.cancel()
  }

  #look(): void {
    this.#timer?.cancel()
    if (this.#told.size === 0) this.#options.onDone()
    else this.#timer = this.#options.clock.after(repeatMs, this.#repeat)
  }

  readonly #repeat = (): void => {
    for (const [replier, times] of this.#told) {
      if (!replier.announced && times >= mostToStrangers) this.#told.delete(replier)
      else {
        this.#told.set(replier, times + 1)
        this.#options.send(replier.peer, this.#packet)
      }
    }
    this.#look()
  }
}
