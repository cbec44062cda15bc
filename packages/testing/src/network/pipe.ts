/** One direction of a connection: frames in order, each on its way for a while, or held up. */
import type { Frames, Timer } from '@sluice/core'
import type { Chance } from '../chance.ts'
import type { Timeline } from '../timeline.ts'
import type { Figures } from '../watch/figures.ts'

/** One packet on its way; without frames it is the end of the connection. */
export interface Parcel {
  readonly frames: Frames | undefined
  readonly figures: Figures
  timer: Timer | undefined
}

/** How long packets are on their way, in milliseconds. */
export interface Delay {
  readonly leastMs: number
  readonly mostMs: number
}

/** What a pipe stands in. */
export interface PipeEnvironment {
  readonly timeline: Timeline
  readonly chance: Chance
  readonly delay: Delay
}

/** Packets of before that may come late on the next connection. */
const remembered = 12

/** Lets packets out in the order in which they went in; never loses one by itself. */
export class Pipe {
  /** What was sent last, for packets that come late. */
  readonly past: Parcel[] = []
  readonly #environment: PipeEnvironment
  readonly #arrive: () => void
  #parcels: Parcel[] = []
  #lastAt = 0
  #held = false

  /** `arrive` is called for every packet at its time, and takes the first one out, then or later. */
  constructor(environment: PipeEnvironment, arrive: () => void) {
    this.#environment = environment
    this.#arrive = arrive
  }

  /** Packets that are on their way or wait to be taken out. */
  get length(): number {
    return this.#parcels.length
  }

  put(frames: Frames | undefined, figures: Figures): void {
    const parcel: Parcel = { frames, figures, timer: undefined }
    this.#parcels.push(parcel)
    if (frames !== undefined && this.past.push(parcel) > remembered) this.past.shift()
    if (!this.#held) this.#schedule(parcel)
  }

  /** Takes out the packet that has come first. */
  take(): Parcel | undefined {
    return this.#parcels.shift()
  }

  /** Holds up what is on its way, or lets it go on. */
  hold(held: boolean): void {
    if (held === this.#held) return
    this.#held = held
    for (const parcel of this.#parcels) {
      if (!held) this.#schedule(parcel)
      else parcel.timer?.cancel()
    }
  }

  /** Loses what is behind the first `kept` packets; returns it. */
  lose(kept: number): readonly Parcel[] {
    const lost = this.#parcels.splice(kept)
    for (const { timer } of lost) timer?.cancel()
    return lost
  }

  #schedule(parcel: Parcel): void {
    const { timeline, chance, delay } = this.#environment
    const onWayMs = delay.leastMs + chance.next() * (delay.mostMs - delay.leastMs)
    this.#lastAt = Math.max(this.#lastAt, timeline.now + onWayMs)
    parcel.timer = timeline.after(this.#lastAt - timeline.now, this.#arrive)
  }
}
