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
  /** How many slots are here. */
  slots: number
}

/** Where the messages of a slot go, for as long as some are pending or in flight. */
interface Slot {
  lane: Lane
  count: number
}

/** A slot that leaves its lane: what it has there is finished first, and what comes meanwhile is held. */
interface Move {
  readonly number: number
  readonly from: Lane
  /** Messages of it that are pending or in flight there. */
  left: number
}

/**
 * Gives each key to one receiver at a time. A key moves to another when all of its messages are acked, or when its
 * receiver is lost: then what was in flight goes ahead of what was pending. A key that always has messages on the way would stay
 * where it is for ever: where its receiver is behind, has another key, and some receiver has nothing at all, it is held
 * until its messages are acked, and moves then. One moves at a time.
 */
export class Keyed implements Dispatch {
  readonly #key: (value: never) => string
  readonly #newBuilder: () => BatchBuilder
  readonly #bounds: SliceBounds
  readonly #slots: (Slot | undefined)[] = new Array<Slot | undefined>(slotCount)
  readonly #lanes: Lane[] = []
  readonly #nobody: Lane
  /** What is held of the key that moves. */
  readonly #held: Lane
  #move: Move | undefined

  constructor(key: (value: never) => string, newBuilder: () => BatchBuilder, bounds: SliceBounds) {
    this.#key = key
    this.#newBuilder = newBuilder
    this.#bounds = bounds
    this.#nobody = this.#newLane(undefined)
    this.#held = this.#newLane(undefined)
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
    const lane = this.#laneOf(number)
    lane.queue.append(value, headers, ticket, order, number)
    this.#occupy(number, lane)
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
    if (this.#move?.from === lane) pending.push(...this.#stay())
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
    return [this.#nobody, ...this.#lanes, this.#held].flatMap((lane) => lane.queue.clear())
  }

  slotOf(value: unknown): number {
    return hash(this.#key(value as never)) % slotCount
  }

  #newLane(target: Target | undefined): Lane {
    return { target, queue: new MessageQueue(this.#newBuilder, this.#bounds), slots: 0 }
  }

  /** Where the next message of a slot goes. */
  #laneOf(number: number): Lane {
    const slot = this.#slots[number]
    if (slot === undefined) return this.#choose()
    if (this.#move === undefined && this.#isCrowded(slot.lane) && this.#lanes.some(isEmpty)) {
      this.#move = { number, from: slot.lane, left: slot.count }
      slot.count = 0
      this.#enter(slot, this.#held)
    }
    return slot.lane
  }

  /** Behind, with more than one key: another receiver may have one of them. */
  #isCrowded({ target, queue, slots }: Lane): boolean {
    return target?.credit === 0 && queue.count > 0 && slots > 1
  }

  /** All that the moving slot had where it was is finished: what was held of it goes to another receiver, if one has credit. */
  #arrive({ number, from }: Move): void {
    const held = this.#held.queue.clear()
    const slot = this.#slots[number]
    this.#move = undefined
    if (slot === undefined) return
    if (slot.count === 0) return this.#vacate(number, slot)
    const lane = this.#choose(from)
    this.#enter(slot, lane)
    for (const slice of held) lane.queue.push(slice)
  }

  /** The moving slot stays, since where it was is gone: returns what was held of it. */
  #stay(): Slice[] {
    const move = this.#move
    const slot = move === undefined ? undefined : this.#slots[move.number]
    this.#move = undefined
    if (move !== undefined && slot !== undefined) {
      slot.count += move.left
      this.#enter(slot, move.from)
    }
    return this.#held.queue.clear()
  }

  /** The lane with the most credit for what is not in it yet; `last` only where no other has any. */
  #choose(last?: Lane): Lane {
    let best = last ?? this.#nobody
    let most = last === undefined ? -Infinity : 0
    for (const lane of this.#lanes) {
      if (lane === last) continue
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
      const lane = this.#laneOf(first)
      this.#occupy(first, lane)
      let to = from + 1
      for (let next = slice.slots?.[to]; next !== undefined && to < count; next = slice.slots?.[++to]) {
        if (this.#slots[next] === undefined || this.#laneOf(next) !== lane) break
        this.#occupy(next, lane)
      }
      yield { lane, slice: cut(slice, from, to) }
      from = to
    }
  }

  #occupy(number: number, lane: Lane): void {
    const slot = this.#slots[number]
    if (slot !== undefined) slot.count++
    else {
      this.#slots[number] = { lane, count: 1 }
      lane.slots++
    }
  }

  #enter(slot: Slot, lane: Lane): void {
    slot.lane.slots--
    slot.lane = lane
    lane.slots++
  }

  #vacate(number: number, { lane }: Slot): void {
    this.#slots[number] = undefined
    lane.slots--
  }

  #free(slices: readonly Slice[]): void {
    for (const slice of slices) this.settled(slice, 0, slice.batch.count)
  }

  #release(number: number | undefined): void {
    if (number === undefined) return
    const move = this.#move
    if (move?.number === number && move.left > 0) {
      if (--move.left === 0) this.#arrive(move)
      return
    }
    const slot = this.#slots[number]
    if (slot !== undefined && --slot.count === 0) this.#vacate(number, slot)
  }

  #sum(of: (queue: MessageQueue) => number): number {
    let sum = of(this.#nobody.queue) + of(this.#held.queue)
    for (const { queue } of this.#lanes) sum += of(queue)
    return sum
  }
}

/** A receiver that has nothing to do, and would take something. */
function isEmpty({ target, slots }: Lane): boolean {
  return slots === 0 && target !== undefined && target.credit > 0
}

/** FNV-1a over the code units of a text. */
function hash(text: string): number {
  let sum = 0x811c9dc5
  for (let i = 0; i < text.length; i++) sum = Math.imul(sum ^ text.charCodeAt(i), 0x01000193)
  return sum >>> 0
}
