/** Order by key across receivers: while a key has messages on the way, those behind them go the same way. Pure. */
import type { BatchBuilder, Headers, Ticket } from '@sluice/core'
import type { Dispatch, Target } from './dispatch.ts'
import { MessageQueue } from './message-queue.ts'
import type { SliceBounds } from './message-queue.ts'
import { cut } from './slice.ts'
import type { Slice } from './slice.ts'

/** Keys share this many slots: a bound on memory, at the price that two keys of one slot are kept in order too. */
const slotCount = 4_096

/** Messages on their way to one receiver; to none, while there is none. */
interface Lane {
  readonly target: Target | undefined
  readonly queue: MessageQueue
}

/** Where the messages of a slot go, for as long as some are pending or in flight. */
interface Slot {
  lane: Lane
  count: number
}

/**
 * Gives each key to one receiver at a time. A key moves to another when all of its messages are acked, or when its
 * receiver is lost: then what was in flight goes ahead of what was pending.
 */
export class Keyed implements Dispatch {
  readonly #key: (value: never) => string
  readonly #newBuilder: () => BatchBuilder
  readonly #bounds: SliceBounds
  readonly #slots: (Slot | undefined)[] = new Array<Slot | undefined>(slotCount)
  readonly #lanes: Lane[] = []
  readonly #nobody: Lane

  constructor(key: (value: never) => string, newBuilder: () => BatchBuilder, bounds: SliceBounds) {
    this.#key = key
    this.#newBuilder = newBuilder
    this.#bounds = bounds
    this.#nobody = this.#newLane(undefined)
  }

  get count(): number {
    return this.#sum((queue) => queue.count)
  }

  get bytes(): number {
    return this.#sum((queue) => queue.bytes)
  }

  get gathered(): number {
    return this.#sum((queue) => queue.gathered)
  }

  append(value: unknown, headers: Headers | undefined, ticket: Ticket | undefined, order: number): void {
    const number = this.slotOf(value)
    const { lane } = this.#slots[number] ?? { lane: this.#choose() }
    lane.queue.append(value, headers, ticket, order, number)
    this.#occupy(number, lane, 1)
  }

  push(slice: Slice): void {
    for (const part of this.#parts(slice)) part.lane.queue.push(part.slice)
  }

  join(target: Target): void {
    this.#lanes.push(this.#newLane(target))
    const waiting = this.#nobody.queue.clear()
    this.#free(waiting)
    for (const slice of waiting) this.push(slice)
  }

  leave(target: Target, returned: readonly Slice[]): void {
    const at = this.#lanes.findIndex((lane) => lane.target === target)
    const lane = this.#lanes[at]
    const pending = lane?.queue.clear() ?? []
    if (lane !== undefined) this.#lanes.splice(at, 1)
    this.#free(returned)
    this.#free(pending)
    for (const slice of [...returned, ...pending]) this.push(slice)
  }

  moved(): void {}

  settled(slice: Slice, from: number, to: number): void {
    for (let i = from; i < to; i++) this.#release(slice.slots?.[i])
  }

  flush(): boolean {
    let sent = false
    for (const { target, queue } of this.#lanes) {
      while (target !== undefined && queue.count > 0 && target.credit > 0) {
        const slice = queue.shift(target.credit, target.creditBytes, target.idle)
        if (slice === undefined) break
        target.send(slice)
        sent = true
      }
    }
    return sent
  }

  clear(): Slice[] {
    return [this.#nobody, ...this.#lanes].flatMap((lane) => lane.queue.clear())
  }

  slotOf(value: unknown): number {
    return hash(this.#key(value as never)) % slotCount
  }

  #newLane(target: Target | undefined): Lane {
    return { target, queue: new MessageQueue(this.#newBuilder, this.#bounds) }
  }

  /** The lane with the most credit for what is not in it yet. */
  #choose(): Lane {
    let best = this.#nobody
    let most = -Infinity
    for (const lane of this.#lanes) {
      const room = (lane.target?.credit ?? 0) - lane.queue.count
      if (room > most) {
        most = room
        best = lane
      }
    }
    return best
  }

  /** The runs of a slice that go one way each. */
  *#parts(slice: Slice): Iterable<{ lane: Lane; slice: Slice }> {
    const { count } = slice.batch
    let from = 0
    while (from < count) {
      const first = slice.slots?.[from] ?? 0
      const { lane } = this.#slots[first] ?? { lane: this.#choose() }
      this.#occupy(first, lane, 1)
      let to = from + 1
      while (to < count && this.#slots[slice.slots?.[to] ?? 0]?.lane === lane) {
        this.#occupy(slice.slots?.[to] ?? 0, lane, 1)
        to++
      }
      yield { lane, slice: cut(slice, from, to) }
      from = to
    }
  }

  #occupy(number: number, lane: Lane, count: number): void {
    const slot = this.#slots[number]
    if (slot === undefined) this.#slots[number] = { lane, count }
    else slot.count += count
  }

  #free(slices: readonly Slice[]): void {
    for (const slice of slices) this.settled(slice, 0, slice.batch.count)
  }

  #release(number: number | undefined): void {
    if (number === undefined) return
    const slot = this.#slots[number]
    if (slot !== undefined && --slot.count === 0) this.#slots[number] = undefined
  }

  #sum(of: (queue: MessageQueue) => number): number {
    let sum = of(this.#nobody.queue)
    for (const { queue } of this.#lanes) sum += of(queue)
    return sum
  }
}

/** FNV-1a over the code units of a text. */
function hash(text: string): number {
  let sum = 0x811c9dc5
  for (let i = 0; i < text.length; i++) sum = Math.imul(sum ^ text.charCodeAt(i), 0x01000193)
  return sum >>> 0
}
