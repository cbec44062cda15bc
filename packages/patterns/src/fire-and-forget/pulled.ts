/** Messages that a puller has handed over, and what became of them. */
import type { Delivery, Headers, Outcome, ReceiverStats } from '@sluice/core'
import type { StreamPacket } from './wire.ts'

/** Counts what came and how it ended. Pure. */
export class PullLedger {
  received = 0
  refused = 0
  /** Came and are not settled. */
  held = 0
  readonly #ended: Record<Outcome, number> = {
    delivered: 0,
    dropped: 0,
    deadLettered: 0,
    failed: 0,
    undelivered: 0,
  }

  take(count: number): void {
    this.received += count
    this.held += count
  }

  end(outcome: Outcome): void {
    this.held--
    this.#ended[outcome]++
  }

  stats(peers: number): ReceiverStats {
    const { delivered, deadLettered, failed, dropped, undelivered } = this.#ended
    return {
      received: this.received,
      delivered,
      deadLettered,
      failed,
      dropped: dropped + undelivered,
      held: this.held,
      redelivered: 0,
      peers,
      refused: this.refused,
    }
  }
}

/** One packet's messages. Nobody waits for their answers: settling them only makes room. */
export class PulledDelivery implements Delivery {
  readonly values: readonly unknown[]
  readonly headers: readonly (Headers | undefined)[] | undefined
  readonly redelivered: boolean = false
  readonly #onSettled: (outcome: Outcome) => void

  constructor(packet: StreamPacket, onSettled: (outcome: Outcome) => void) {
    this.values = packet.batch?.values() ?? []
    this.headers = packet.headers?.values().map((headers) => (headers ?? undefined) as Headers | undefined)
    this.#onSettled = onSettled
  }

  signal(): undefined {
    return undefined
  }

  settle(_index: number, outcome: Outcome): void {
    this.#onSettled(outcome)
  }
}
