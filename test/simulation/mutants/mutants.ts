/** Defects that are planted one at a time: real changes of the code under test, each of which a checker must see. */

/** A defect: a fragment of a source, which stands there exactly once, and what stands there instead. */
export interface Mutant {
  readonly name: string
  /** Below `packages/`. */
  readonly file: string
  readonly fragment: string
  readonly instead: string
  /** The worlds in which it is looked for. */
  readonly world: 'backpressure' | 'request-reply' | 'fire-and-forget' | 'pipeline'
  /** The checkers that must see it; others may too. */
  readonly caughtBy: readonly string[]
}

const flow = 'core/src/flow'
const backpressure = 'patterns/src/backpressure'

const ofBackpressure: readonly Mutant[] = [
  {
    name: 'no window check',
    file: `${flow}/sender-window.ts`,
    fragment: 'return Math.max(0, this.#highWaterMark - this.inFlight)',
    instead: 'return this.#highWaterMark',
    world: 'backpressure',
    caughtBy: ['window'],
  },
  {
    name: 'relative grants',
    file: `${backpressure}/transmission.ts`,
    fragment: 'this.#window.announced(packet.highWaterMark, packet.serial)',
    instead:
      'this.#window.announced(packet.ranges.reduce((sum, [a, b]) => sum + b - a + 1, this.#window.highWaterMark), packet.serial)',
    world: 'backpressure',
    caughtBy: ['window'],
  },
  {
    name: 'no window in bytes',
    file: `${backpressure}/transmission.ts`,
    fragment: 'return Math.max(0, this.#bytesAllowed - this.#inFlight.bytes)',
    instead: 'return this.#bytesAllowed',
    world: 'backpressure',
    caughtBy: ['window'],
  },
  {
    name: 'accepts without credit',
    file: `${backpressure}/producer.ts`,
    fragment:
      'return this.#dispatch.count < this.#outlets.credit && this.#dispatch.bytes < this.#outlets.creditBytes',
    instead: 'return true',
    world: 'backpressure',
    caughtBy: ['bounds'],
  },
  {
    name: 'no epoch check',
    file: `${backpressure}/packets.ts`,
    fragment: 'if (a === b) return true',
    instead: 'return true',
    world: 'backpressure',
    caughtBy: ['epochs'],
  },
  {
    name: 'late frames are handed over',
    file: `${backpressure}/receiver-session.ts`,
    fragment: "if (packet.type === 'data' || !reception.silent(now)) return",
    instead:
      "if (packet.type === 'data') step.delivery = packet\n    if (packet.type === 'data' || !reception.silent(now)) return",
    world: 'backpressure',
    caughtBy: ['order', 'epochs'],
  },
  {
    name: 'ack before the handler',
    file: `${backpressure}/reception.ts`,
    fragment: 'if (this.#window.exhausted) this.#auto?.exhausted()',
    instead: 'this.finish(packet.first, packet.first + packet.batch.count - 1)',
    world: 'backpressure',
    caughtBy: ['at-least-once'],
  },
  {
    name: 'ack of a range too far',
    file: `${flow}/receiver-window.ts`,
    fragment: 'const finished = { ranges: this.#news.ranges(), rejected: this.#freshRejections }',
    instead:
      'const finished = { ranges: this.#news.ranges().map(([a, b]): Range => [a, Math.min(b + 1, this.#expected - 1)]), rejected: this.#freshRejections }',
    world: 'backpressure',
    caughtBy: ['at-least-once'],
  },
  {
    name: 'requeue at the tail of a keyed order',
    file: `${backpressure}/keyed.ts`,
    fragment: 'for (const slice of [...returned, ...pending]) this.push(slice)',
    instead: 'for (const slice of [...pending, ...returned]) this.push(slice)',
    world: 'backpressure',
    caughtBy: ['keys'],
  },
  {
    name: 'a key that moves before what it has on the way is acked',
    file: `${backpressure}/keyed.ts`,
    fragment: 'left: slot.count }',
    instead: 'left: 1 }',
    world: 'backpressure',
    caughtBy: ['keys'],
  },
  {
    name: 'requeue at the tail',
    file: `${backpressure}/dispatch.ts`,
    fragment: 'this.#queue.requeue(returned)',
    instead: 'for (const slice of returned) this.#queue.push({ ...slice, redelivered: false })',
    world: 'backpressure',
    caughtBy: ['order'],
  },
  {
    name: 'forgets what a lost session had in flight',
    file: `${backpressure}/in-flight.ts`,
    fragment: 'return slices\n  }',
    instead: 'return []\n  }',
    world: 'backpressure',
    caughtBy: ['recovery', 'promises'],
  },
  {
    name: 'forgets to mark what is sent again',
    file: `${backpressure}/in-flight.ts`,
    fragment: 'redelivered: true })',
    instead: 'redelivered: false })',
    world: 'backpressure',
    caughtBy: ['repetitions'],
  },
  {
    name: 'sends a lost window twice',
    file: `${backpressure}/in-flight.ts`,
    fragment: 'slices.push({ ...cut(sent.slice, from, to), redelivered: true })',
    instead:
      'slices.push({ ...cut(sent.slice, from, to), redelivered: true }, { ...cut(sent.slice, from, to), redelivered: true })',
    world: 'backpressure',
    caughtBy: ['outcomes'],
  },
  {
    name: 'forgotten timer',
    file: `${backpressure}/connections.ts`,
    fragment: 'this.#timer = this.#site.clock.after(tickMs, this.#tick)',
    instead: 'this.#timer = undefined',
    world: 'backpressure',
    caughtBy: ['promises'],
  },
  {
    name: 'counts failed as delivered',
    file: `${flow}/link-ledger.ts`,
    fragment: 'this.#ended[outcome] += count',
    instead: "this.#ended[outcome === 'failed' ? 'delivered' : outcome] += count",
    world: 'backpressure',
    caughtBy: ['conservation'],
  },
]

const ofOthers: readonly Mutant[] = [
  {
    name: 'a request is answered twice',
    file: 'patterns/src/request-reply/calls.ts',
    fragment: 'if (this.#byId.delete(call)) this.#bytes -= call.bytes',
    instead: 'this.#bytes -= call.bytes',
    world: 'request-reply',
    caughtBy: ['outcomes'],
  },
  {
    name: 'a request has no time limit',
    file: 'patterns/src/request-reply/due-timer.ts',
    fragment: 'this.#timer = this.#clock.after(Math.max(0, due - this.#clock.now()), this.#fire)',
    instead: 'this.#timer = undefined',
    world: 'request-reply',
    caughtBy: ['outcomes'],
  },
  {
    name: 'more in flight than a replier is given',
    file: 'patterns/src/request-reply/requester.ts',
    fragment: 'return outstanding < most && bytes < this.#bounds.bytes',
    instead: 'return most > 0 && bytes < this.#bounds.bytes',
    world: 'request-reply',
    caughtBy: ['bounds'],
  },
  {
    name: 'a drop that nobody counts',
    file: `${flow}/link-ledger.ts`,
    fragment: 'this.#droppedBy.add(reason, count)',
    instead: "if (reason !== 'full') this.#droppedBy.add(reason, count)",
    world: 'fire-and-forget',
    caughtBy: ['at-most-once'],
  },
  {
    name: 'counts as delivered what no socket took',
    file: 'patterns/src/fire-and-forget/pusher.ts',
    fragment: 'this.#lanes.block(lane)\n        continue',
    instead:
      "this.#lanes.block(lane)\n        this.#ledger.endAll('delivered', parcel.batch.count, queue.remove(parcel.batch.count))\n        continue",
    world: 'fire-and-forget',
    caughtBy: ['at-most-once'],
  },
  {
    name: 'hands the same messages to two sockets',
    file: 'patterns/src/fire-and-forget/pusher.ts',
    fragment: 'if (!this.#port.send(lane.peer, parcel)) {',
    instead: 'if (!this.#port.send(lane.peer, parcel) || !this.#port.send(lane.peer, parcel)) {',
    world: 'fire-and-forget',
    caughtBy: ['at-most-once'],
  },
  {
    name: 'a queue without a bound',
    file: 'patterns/src/fire-and-forget/pusher.ts',
    fragment: 'const full = queue.length >= this.#highWaterMark',
    instead: 'const full = queue.length >= 1_000_000',
    world: 'fire-and-forget',
    caughtBy: ['bounds'],
  },
]

const ofPipelines: readonly Mutant[] = [
  {
    name: 'acks a message while what it led to is still open',
    file: 'core/src/stage/chain.ts',
    fragment: '(this.#lost && !this.#early) || (this.#handedOn > 0 && !this.#early)',
    instead: '(this.#lost && !this.#early)',
    world: 'pipeline',
    caughtBy: ['pipeline'],
  },
  {
    name: 'never starts a replica again',
    file: 'core/src/run/replica.ts',
    fragment: 'const timer = clock.after(decision.delayMs, pause.resolve)',
    instead: 'const timer = clock.after(1e12, pause.resolve)',
    world: 'pipeline',
    caughtBy: ['promises'],
  },
]

/** All of them. */
export const mutants: readonly Mutant[] = [...ofBackpressure, ...ofOthers, ...ofPipelines]
