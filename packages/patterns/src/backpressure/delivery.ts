/** The messages of one DATA on their way through a handler. */
import { RemoteError, SluiceError, StateError } from '@sluice/core/parts'
import type { Delivery, Headers, Outcome } from '@sluice/core'
import type { DataPacket } from './packets.ts'
import type { Reception } from './reception.ts'

/** What a delivery tells of itself. */
export interface DeliveryOwner {
  /** Something was settled that `report` will tell. Called once until then. */
  touched(delivery: BatchDelivery): void
  /** Half of what the sender may have outstanding was settled in one go: it must not come to a stop. */
  pressed(): void
  /** Messages have ended. */
  ended(outcome: Outcome, count: number): void
}

/**
 * Notes how each message ends. Messages that end in their order, as most do, cost one comparison each: they are told
 * together when `report` is called, once a turn.
 */
export class BatchDelivery implements Delivery {
  readonly values: readonly unknown[]
  readonly headers: readonly (Headers | undefined)[] | undefined
  readonly redelivered: boolean
  readonly reception: Reception
  readonly #first: number
  readonly #owner: DeliveryOwner
  readonly #bytesEach: number
  /** How many are settled, and how many of those the reception knows to take no room any more. */
  #settled = 0
  #released = 0
  /** Before `#next` everything is settled. What lies from `#told` on was delivered and is not told yet. */
  #next = 0
  #told = 0
  /** The index at which an ack is due even before the handler returns. */
  #pressAt: number
  /** Which ones were settled out of order, or not as delivered. */
  #marks: Uint8Array | undefined
  /** Which ones a handler is done with, and wait for acks from further down. */
  #handled: Uint8Array | undefined
  #touched = false

  constructor(
    { first, batch, headers, redelivered }: DataPacket,
    reception: Reception,
    owner: DeliveryOwner,
  ) {
    this.values = batch.values()
    this.headers = headers?.values().map((one) => (one ?? undefined) as Headers | undefined)
    this.redelivered = redelivered
    this.reception = reception
    this.#first = first
    this.#owner = owner
    this.#bytesEach = batch.bytes / Math.max(1, batch.count)
    this.#pressAt = this.#half()
  }

  signal(): undefined {
    return undefined
  }

  /** What of a lost session was not begun comes again, here or elsewhere. */
  stale(): boolean {
    return this.reception.over
  }

  handled(index: number): boolean {
    const handled = (this.#handled ??= new Uint8Array(this.values.length))
    if (handled[index] !== 0 || index < this.#next || this.#marks?.[index] === 1) return false
    handled[index] = 1
    this.#touch()
    return this.reception.handled(1)
  }

  settle(index: number, outcome: Outcome, error?: Error): void {
    if (outcome === 'delivered' && index === this.#next && index < this.values.length) {
      this.#next = index + 1
      if (this.#marks !== undefined) this.#skip(this.#marks)
    } else this.#mark(index, outcome, error)
    this.#settled++
    this.#touch()
    if (this.#next < this.#pressAt) return
    this.#pressAt = this.#next + this.#half()
    this.#owner.pressed()
  }

  /** Tells what was settled since the last time. */
  report(): void {
    this.#touched = false
    this.#tell()
    this.reception.release((this.#settled - this.#released) * this.#bytesEach)
    this.#released = this.#settled
  }

  #touch(): void {
    if (this.#touched) return
    this.#touched = true
    this.#owner.touched(this)
  }

  #half(): number {
    return Math.max(1, Math.ceil(this.reception.highWaterMark / 2))
  }

  #tell(): void {
    const count = this.#next - this.#told
    if (count === 0) return
    if (this.#handled !== undefined) this.reception.settledAfter(this.#countHandled(this.#handled))
    if (!this.reception.over) this.reception.finish(this.#first + this.#told, this.#first + this.#next - 1)
    this.#told = this.#next
    this.#owner.ended('delivered', count)
  }

  #countHandled(handled: Uint8Array): number {
    let count = 0
    for (let index = this.#told; index < this.#next; index++) count += handled[index] ?? 0
    return count
  }

  #mark(index: number, outcome: Outcome, error: Error | undefined): void {
    const marks = (this.#marks ??= new Uint8Array(this.values.length))
    if (index < this.#next || marks[index] !== 0) {
      throw new StateError(
        `message ${index} of ${marks.length} cannot be settled: there is none, or it is settled`,
      )
    }
    marks[index] = 1
    if (this.#handled?.[index] === 1) this.reception.settledAfter(1)
    this.#settle(this.#first + index, outcome, error)
    this.#owner.ended(outcome, 1)
    this.#skip(marks)
  }

  /** What is undelivered stays unacked, for another receiver. */
  #settle(sequence: number, outcome: Outcome, error: Error | undefined): void {
    if (this.reception.over || outcome === 'undelivered') return
    if (outcome === 'delivered') this.reception.finish(sequence, sequence)
    else {
      const message = error?.message ?? outcome
      this.reception.reject({ first: sequence, last: sequence, code: codeOf(outcome, error), message })
    }
  }

  #skip(marks: Uint8Array): void {
    if (marks[this.#next] !== 1) return
    this.#tell()
    while (marks[this.#next] === 1) this.#next++
    this.#told = this.#next
  }
}

function codeOf(outcome: Outcome, error: Error | undefined): string {
  if (outcome === 'deadLettered') return 'dead-lettered'
  if (error instanceof RemoteError) return error.remoteCode
  return error instanceof SluiceError ? error.code : outcome
}
