/** The receiving side of a link, with everything written down that it hands over and is told. */
import type {
  Delivery,
  Headers,
  LinkReceiver,
  Outcome,
  ReceiverStats,
  SluiceError,
  WaitOptions,
} from '@sluice/core'
import type { Tagged } from './tags.ts'
import type { Seat } from './seat.ts'

/** A delivery whose messages have names; the names are taken off. */
class WatchedDelivery implements Delivery {
  readonly values: readonly unknown[]
  readonly headers: readonly (Headers | undefined)[] | undefined
  readonly redelivered: boolean
  readonly #delivery: Delivery
  readonly #finished: (index: number, outcome: Outcome) => void

  constructor(
    delivery: Delivery,
    messages: readonly Tagged[],
    finished: (index: number, outcome: Outcome) => void,
  ) {
    this.#delivery = delivery
    this.#finished = finished
    this.values = delivery.values
    this.redelivered = delivery.redelivered
    this.headers = messages.some(({ headers }) => headers !== undefined)
      ? messages.map(({ headers }) => headers)
      : undefined
  }

  signal(index: number): AbortSignal | undefined {
    return this.#delivery.signal(index)
  }

  handled(index: number): boolean {
    return this.#delivery.handled?.(index) ?? false
  }

  settle(index: number, outcome: Outcome, error?: Error, reply?: unknown): void {
    this.#finished(index, outcome)
    this.#delivery.settle(index, outcome, error, reply)
  }
}

/** Hands everything through to the receiver that it watches. */
export class WatchedReceiver implements LinkReceiver {
  readonly ended: Promise<void>
  readonly closed: Promise<SluiceError | undefined>
  readonly #receiver: LinkReceiver
  readonly #seat: Seat

  constructor(receiver: LinkReceiver, seat: Seat) {
    this.#receiver = receiver
    this.#seat = seat
    this.ended = receiver.ended
    this.closed = receiver.closed
    void receiver.closed.then(() => this.#closed())
  }

  start(onDelivery: (delivery: Delivery) => void, onLast?: () => void): void {
    this.#receiver.start((delivery) => onDelivery(this.#hand(delivery)), onLast)
  }

  pause(): void {
    this.#receiver.pause()
  }

  resume(): void {
    this.#receiver.resume()
  }

  noMoreSenders(): void {
    this.#receiver.noMoreSenders()
  }

  drain(options?: WaitOptions): Promise<void> {
    return this.#receiver.drain(options)
  }

  close(reason?: Error): Promise<void> {
    return this.#receiver.close(reason)
  }

  stats(): ReceiverStats {
    return this.#receiver.stats()
  }

  endpoints(): Promise<readonly string[]> {
    return this.#receiver.endpoints()
  }

  #hand(delivery: Delivery): Delivery {
    const { tags, link, log, machine } = this.#seat
    const { redelivered } = delivery
    const messages = delivery.values.map((value, at) => tags.read(value, delivery.headers?.[at]))
    for (const { id } of messages) log({ machine, what: 'handed', link, id, redelivered })
    return new WatchedDelivery(delivery, messages, (index, outcome) => {
      log({ machine, what: 'finished', link, id: messages[index]?.id ?? '', outcome })
    })
  }

  #closed(): void {
    const { log, link } = this.#seat
    log({ machine: this.#seat.machine, what: 'receiverClosed', link, stats: this.#receiver.stats() })
  }
}
