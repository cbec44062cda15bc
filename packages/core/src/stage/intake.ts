/** The inbound links of a group: holds what they hand over until its first stage has room. */
import type { Clock } from '../clock.ts'
import type { Delivery, LinkReceiver, Outcome } from '../link/link.ts'
import { Deque } from '../queue/deque.ts'
import { Chain } from './chain.ts'
import type { Origin } from './chain.ts'
import type { Entry } from './entry.ts'
import { Keys } from './keys.ts'
import { Pacer } from './pacer.ts'

/** One inbound link, and what of its pattern matters here. */
export interface Inbound {
  readonly receiver: LinkReceiver
  /** The link has no window of its own: it is paused while too much is held. */
  readonly unbounded: boolean
  /** A message ends with its handlers, whatever becomes of what they emitted. */
  readonly early: boolean
  /** Messages of one key are handled one after another; undefined where any two may be at work together. */
  readonly key: ((message: never) => unknown) | undefined
}

/** Messages held of a link without a window at which it is paused, and at which it is resumed. */
const pauseAt = 1_024
const resumeAt = 256

/** Feeds deliveries to the first stage in the order in which they came, over all links. */
export class Intake {
  readonly #entry: Entry
  readonly #gates: readonly Gate[]
  readonly #arrivals = new Deque<Arrival>()
  /** Messages whose key has become free. */
  readonly #freed = new Deque<Held>()
  readonly #pacer: Pacer
  #held = 0
  #isFeeding = false
  #isOpen = true
  #whenEmpty: (() => void) | undefined
  #onHeldUp: (() => void) | undefined

  constructor(entry: Entry, inbound: readonly Inbound[], clock: Clock) {
    this.#entry = entry
    this.#pacer = new Pacer(clock)
    this.#gates = inbound.map((link) => new Gate(link))
    entry.onRoom = () => this.#feed()
  }

  /** Messages that came and were not fed yet. */
  get held(): number {
    return this.#held
  }

  /** Of those, messages that wait for an earlier one of their key. */
  get heldByKey(): number {
    return this.#gates.reduce((sum, { keys }) => sum + (keys?.waiting ?? 0), 0)
  }

  /**
   * Lets deliveries in. `onLast` is called when one link has handed over its last, `onHeldUp` when senders are held up by acks from
   * further down, or soon will be.
   */
  start(onLast: (link: number) => void, onHeldUp: () => void): void {
    this.#onHeldUp = onHeldUp
    this.#gates.forEach((gate, link) =>
      gate.receiver.start(
        (delivery) => this.#arrive(gate, delivery),
        () => onLast(link),
      ),
    )
  }

  /** Resolves once everything that came was fed. */
  async empty(): Promise<void> {
    while (this.#held > 0) await new Promise<void>((resolve) => (this.#whenEmpty = resolve))
  }

  /** Settles nothing any more: whatever is still held or handled stays with its sender. */
  close(): void {
    this.#isOpen = false
    for (const gate of this.#gates) gate.isOpen = false
  }

  #arrive(gate: Gate, delivery: Delivery): void {
    const count = delivery.values.length
    if (count === 0) return
    this.#arrivals.push(new Arrival(gate, delivery, this))
    this.#held += count
    gate.hold(count)
    this.#feed()
  }

  #feed(): void {
    if (this.#isFeeding) return
    this.#isFeeding = true
    while (this.#isOpen && this.#entry.hasRoom) {
      if (!this.#feedOne()) break
      const pause = this.#pacer.step()
      if (pause === undefined) continue
      void pause.then(() => this.#feedOn())
      return
    }
    this.#feedDone()
  }

  /** Goes on after the event loop has had its turn. */
  #feedOn(): void {
    this.#isFeeding = false
    this.#feed()
  }

  #feedDone(): void {
    this.#isFeeding = false
    if (this.#held > 0) return
    this.#whenEmpty?.()
    this.#whenEmpty = undefined
  }

  /** Feeds one message, or sets it aside until its key is free. False when there is none. */
  #feedOne(): boolean {
    const freed = this.#freed.shift()
    if (freed !== undefined) {
      this.#take(freed.arrival, freed.index)
      return true
    }
    const arrival = this.#arrivals.first()
    if (arrival === undefined) return false
    const index = arrival.next++
    if (arrival.next === arrival.count) this.#arrivals.shift()
    if (arrival.claim(index)) this.#take(arrival, index)
    return true
  }

  #take(arrival: Arrival, index: number): void {
    this.#held--
    arrival.gate.letGo()
    const { delivery } = arrival
    if (delivery.stale?.(index) === true) {
      arrival.skip(index)
      return
    }
    const chain = new Chain(arrival, index, arrival.gate.early)
    // There is room, so it is taken at once.
    void this.#entry.offer(delivery.values[index], delivery.headers?.[index], chain)
  }

  /** The key of a message that was set aside is free. */
  free(held: Held): void {
    this.#freed.push(held)
    this.#feed()
  }

  /** A sender is held up by acks from further down, or soon will be. */
  heldUp(): void {
    this.#onHeldUp?.()
  }
}

/** One message of an arrival. */
interface Held {
  readonly arrival: Arrival
  readonly index: number
}

/** What stands at the end of one inbound link: its window where it has none, and its keys. */
class Gate {
  readonly receiver: LinkReceiver
  readonly early: boolean
  readonly keys: Keys<Held> | undefined
  /** False once the host closed: what is unsettled then stays so. */
  isOpen = true
  readonly #unbounded: boolean
  #held = 0
  #isPaused = false

  constructor({ receiver, unbounded, early, key }: Inbound) {
    this.receiver = receiver
    this.early = early
    this.#unbounded = unbounded
    this.keys = key === undefined ? undefined : new Keys(key)
  }

  hold(count: number): void {
    this.#held += count
    if (!this.#unbounded || this.#isPaused || this.#held < pauseAt) return
    this.#isPaused = true
    this.receiver.pause()
  }

  letGo(): void {
    this.#held--
    if (!this.#isPaused || this.#held > resumeAt) return
    this.#isPaused = false
    this.receiver.resume()
  }
}

/** One delivery on its way through the group. */
class Arrival implements Origin {
  readonly gate: Gate
  readonly delivery: Delivery
  readonly count: number
  /** The index of the first message that was not fed or set aside yet. */
  next = 0
  /** The key of each message as it came, whatever its handler makes of the message. */
  readonly #keys: readonly unknown[] | undefined
  readonly #intake: Pick<Intake, 'free' | 'heldUp'>

  constructor(gate: Gate, delivery: Delivery, intake: Pick<Intake, 'free' | 'heldUp'>) {
    const { keys } = gate
    this.gate = gate
    this.delivery = delivery
    this.count = delivery.values.length
    this.#keys = keys && delivery.values.map((message) => keys.of(message))
    this.#intake = intake
  }

  get redelivered(): boolean {
    return this.delivery.redelivered
  }

  /** True when the message may be fed; else it is kept with its key until that is free. */
  claim(index: number): boolean {
    const { keys } = this.gate
    return keys === undefined || keys.claim(this.#keys?.[index], { arrival: this, index })
  }

  signal(index: number): AbortSignal | undefined {
    return this.delivery.signal(index)
  }

  settle(index: number, outcome: Outcome, error: Error | undefined): void {
    if (this.gate.isOpen) this.delivery.settle(index, outcome, error)
  }

  handled(index: number, settled: boolean): void {
    if (!settled && this.gate.isOpen && this.delivery.handled?.(index) === true) this.#intake.heldUp()
    this.#release(index)
  }

  /** Nobody waits for the message any more: its handler is not called. */
  skip(index: number): void {
    this.settle(index, 'undelivered', undefined)
    this.#release(index)
  }

  /** Lets the next message of the same key go. */
  #release(index: number): void {
    const next = this.gate.keys?.release(this.#keys?.[index])
    if (next !== undefined) this.#intake.free(next)
  }
}
