/** A link that a test drives by hand: it decides what arrives, what is taken, and how it ends. */
import type {
  Delivery,
  Headers,
  LinkReceiver,
  LinkSender,
  LinkStats,
  Outcome,
  Pattern,
  Promises,
  ReceiverStats,
  Site,
  SluiceError,
  Ticket,
} from '@sluice/core'
import { noSender } from '../../packages/core/src/run/program-report.ts'

/** A message that a stage offered to a link. */
export interface Offered {
  readonly value: unknown
  readonly headers: Headers | undefined
  readonly ticket: Ticket | undefined
  /** Takes it, where the link does not take at once. */
  take(): void
  refuse(error: Error): void
}

/** How a message that was delivered ended. */
export interface Settled {
  readonly value: unknown
  readonly outcome: Outcome
  readonly error: Error | undefined
}

/** The sending side: keeps what was offered. `takes` says whether an offer is taken at once; `settles`, how it ends then. */
export class HandSender implements LinkSender {
  readonly offered: Offered[] = []
  readonly closing = Promise.withResolvers<SluiceError | undefined>()
  readonly closed: Promise<SluiceError | undefined> = this.closing.promise
  readonly site: Site
  takes: boolean | ((value: unknown) => boolean) = true
  settles: Outcome | undefined = 'delivered'
  throws: ((value: unknown) => Error | undefined) | undefined
  state: 'open' | 'drained' | 'closed' = 'open'
  isLull = false
  /** How often acks were asked for. */
  hastened = 0
  /** When a receiver is there: from the start, unless a test says otherwise. */
  receiver: Promise<void> = Promise.resolve()

  constructor(site: Site) {
    this.site = site
  }

  get values(): unknown[] {
    return this.offered.map(({ value }) => value)
  }

  offer(value: unknown, headers: Headers | undefined, ticket: Ticket | undefined): true | Promise<void> {
    const error = this.throws?.(value)
    if (error !== undefined) throw error
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const takeIt = (): void => {
      resolve()
      if (this.settles !== undefined) ticket?.settle(this.settles)
    }
    this.offered.push({ value, headers, ticket, take: takeIt, refuse: reject })
    const now = typeof this.takes === 'function' ? this.takes(value) : this.takes
    if (!now) return promise
    takeIt()
    return true
  }

  ready(): Promise<void> {
    return this.receiver
  }

  lull(): void {
    this.isLull = true
  }

  hasten(): void {
    this.hastened++
  }

  drain(): Promise<void> {
    this.state = 'drained'
    this.closing.resolve(undefined)
    return Promise.resolve()
  }

  close(): Promise<void> {
    this.state = 'closed'
    this.closing.resolve(undefined)
    return Promise.resolve()
  }

  stats(): LinkStats {
    return { ...noSender, accepted: this.offered.length }
  }

  endpoints(): Promise<readonly string[]> {
    return Promise.resolve(this.site.bind)
  }
}

/** The receiving side: `deliver` hands messages over, `end` is the end of every sender. */
export class HandReceiver implements LinkReceiver {
  readonly settled: Settled[] = []
  /** Values of messages settled more than once: has to stay empty. */
  readonly twice: unknown[] = []
  readonly paused: boolean[] = []
  readonly site: Site
  readonly closing = Promise.withResolvers<SluiceError | undefined>()
  readonly closed: Promise<SluiceError | undefined> = this.closing.promise
  readonly ended: Promise<void>
  state: 'open' | 'drained' | 'closed' = 'open'
  tellsLast = true
  readonly #end = Promise.withResolvers<void>()
  #onDelivery: ((delivery: Delivery) => void) | undefined
  #onLast: (() => void) | undefined
  #held = 0
  #isLast = false

  constructor(site: Site) {
    this.site = site
    this.ended = this.#end.promise
  }

  get isStarted(): boolean {
    return this.#onDelivery !== undefined
  }

  get outcomes(): Outcome[] {
    return this.settled.map(({ outcome }) => outcome)
  }

  start(onDelivery: (delivery: Delivery) => void, onLast?: () => void): void {
    this.#onDelivery = onDelivery
    this.#onLast = onLast
  }

  deliver(
    values: readonly unknown[],
    options: Partial<Pick<Delivery, 'headers' | 'redelivered' | 'signal' | 'stale' | 'handled'>> = {},
  ): void {
    const seen = new Set<number>()
    this.#held += values.length
    this.#onDelivery?.({
      values,
      headers: undefined,
      redelivered: false,
      signal: () => undefined,
      settle: (index, outcome, error) => {
        if (seen.has(index)) this.twice.push(values[index])
        seen.add(index)
        this.settled.push({ value: values[index], outcome, error })
        this.#held--
        this.#look()
      },
      ...options,
    })
  }

  end(): void {
    this.#isLast = true
    if (this.tellsLast) this.#onLast?.()
    this.#look()
  }

  #look(): void {
    if (this.#isLast && this.#held === 0) this.#end.resolve()
  }

  pause(): void {
    this.paused.push(true)
  }

  resume(): void {
    this.paused.push(false)
  }

  noMoreSenders(): void {
    this.end()
  }

  drain(): Promise<void> {
    this.state = 'drained'
    this.closing.resolve(undefined)
    return Promise.resolve()
  }

  close(): Promise<void> {
    this.state = 'closed'
    this.closing.resolve(undefined)
    return Promise.resolve()
  }

  stats(): ReceiverStats {
    const received = this.settled.length + this.#held
    return {
      received,
      delivered: 0,
      deadLettered: 0,
      failed: 0,
      dropped: 0,
      held: this.#held,
      redelivered: 0,
      peers: 0,
      refused: 0,
    }
  }

  endpoints(): Promise<readonly string[]> {
    return Promise.resolve(this.site.bind)
  }
}

/** A pattern whose two sides are the test's. */
export class HandPattern implements Pattern {
  readonly name: string = 'by-hand'
  readonly promises: Promises
  readonly options: Readonly<Record<string, unknown>>
  readonly senders: HandSender[] = []
  readonly receivers: HandReceiver[] = []

  constructor(
    options: Readonly<Record<string, unknown>> = {},
    slowReceiver: Promises['slowReceiver'] = 'waits',
  ) {
    this.options = options
    this.promises = {
      delivery: 'at-least-once',
      nobodyThere: 'waits',
      slowReceiver,
      receiverDies: 'redelivers',
    }
  }

  sender(site: Site): HandSender {
    const sender = new HandSender(site)
    this.senders.push(sender)
    return sender
  }

  receiver(site: Site): HandReceiver {
    const receiver = new HandReceiver(site)
    this.receivers.push(receiver)
    return receiver
  }
}
