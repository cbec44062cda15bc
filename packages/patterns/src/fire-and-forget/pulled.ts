/** Messages that a puller has handed over, and what became of them. */
import { nothingEnded } from '@sluice/core/parts'
import type { Delivery, Headers, Outcome, ReceiverStats } from '@sluice/core'
import type { StreamPacket } from './wire.ts'

/** Counts what came and how it ended. Pure. */
export class PullLedger {
  received = 0
  refused = 0
  /** Came and are not settled. */
  held = 0
  heldBytes = 0
  readonly #ended = nothingEnded()

  take(count: number, bytes: number): void {
    this.received += count
    this.held += count
    this.heldBytes += bytes
  }

  end(outcome: Outcome, bytes: number): void {
    this.held--
    this.heldBytes -= bytes
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
  readonly #onSettled: (outcome: Outcome, bytes: number) => void
  readonly #bytesEach: number

  constructor(packet: StreamPacket, onSettled: (outcome: Outcome, bytes: number) => void) {
    this.values = packet.batch?.values() ?? []
    this.#bytesEach = (packet.batch?.bytes ?? 0) / Math.max(1, this.values.length)
    this.headers = packet.headers?.values().map((headers) => (headers ?? undefined) as Headers | undefined)
    this.#onSettled = onSettled
  }

  signal(): undefined {
    return undefined
  }

  settle(_index: number, outcome: Outcome): void {
    this.#onSettled(outcome, this.#bytesEach)
  }
}
