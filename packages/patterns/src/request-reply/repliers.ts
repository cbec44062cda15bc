/** The repliers that a requester knows, and which of them has the fewest requests in flight. Pure. */
import type { Peer } from '@sluice/core'

/** One replier as its requester sees it. */
export interface KnownReplier {
  readonly peer: Peer
  /** Requests in flight there. */
  load: number
  /** It has said that it is a Sluice replier, and takes shared frames. */
  announced: boolean
  /** It takes requests in one frame. */
  compact: boolean
  /** It let an attempt run out of time, and has answered nothing in time since. */
  overdue: boolean
  /** Where it stands among those of the same load. */
  place: number
}

/**
 * Keeps repliers by load, so that the least loaded is found at once however many there are. One that is overdue has little in flight since
 * what it had was tried elsewhere: it would be given all that comes. So while others are sound it gets one request at a time, and that
 * only where they have no room.
 */
export class Repliers {
  readonly #most: number
  readonly #byPeer = new Map<Peer, KnownReplier>()
  /** Those that are sound. */
  readonly #byLoad: KnownReplier[][] = []
  readonly #overdue = new Set<KnownReplier>()
  #lowest = 0
  #total = 0
  #turn = 0

  /** `inFlight` is the most requests that one replier gets at a time. */
  constructor(inFlight: number) {
    this.#most = inFlight
  }

  get size(): number {
    return this.#byPeer.size
  }

  /** Requests in flight, over all repliers. */
  get inFlight(): number {
    return this.#total
  }

  get(peer: Peer): KnownReplier | undefined {
    return this.#byPeer.get(peer)
  }

  add(peer: Peer): void {
    const replier = { peer, load: 0, announced: false, compact: false, overdue: false, place: 0 }
    this.#byPeer.set(peer, replier)
    this.#enter(replier)
  }

  remove(peer: Peer): KnownReplier | undefined {
    const replier = this.#byPeer.get(peer)
    if (replier === undefined) return undefined
    this.#byPeer.delete(peer)
    if (!this.#overdue.delete(replier)) this.#leave(replier)
    this.#total -= replier.load
    return replier
  }

  /** Forgets everybody. */
  clear(): void {
    this.#byPeer.clear()
    this.#byLoad.length = 0
    this.#overdue.clear()
    this.#lowest = 0
    this.#total = 0
  }

  /** How many more requests it may get. */
  room(replier: KnownReplier): number {
    return this.#most - replier.load
  }

  /** The replier with the fewest in flight and room for one more, in turn among equals; rather another than `avoid`. */
  least(avoid?: KnownReplier): KnownReplier | undefined {
    return this.#leastSound(avoid) ?? this.#leastOverdue(avoid)
  }

  /** An attempt ran out of time there. */
  late(replier: KnownReplier): void {
    if (replier.overdue || this.#byPeer.get(replier.peer) !== replier) return
    this.#leave(replier)
    replier.overdue = true
    this.#overdue.add(replier)
  }

  /** It has answered in time. */
  inTime(replier: KnownReplier): void {
    if (!this.#overdue.delete(replier)) return
    replier.overdue = false
    this.#enter(replier)
  }

  #leastSound(avoid: KnownReplier | undefined): KnownReplier | undefined {
    this.#settle()
    let fallback: KnownReplier | undefined
    for (let load = this.#lowest; load < this.#most && load < this.#byLoad.length; load++) {
      const equals = this.#byLoad[load] ?? []
      if (equals.length === 0) continue
      const chosen = equals[this.#turn++ % equals.length]
      if (chosen !== avoid) return chosen
      if (equals.length > 1) return equals[this.#turn++ % equals.length]
      fallback ??= chosen
    }
    return fallback
  }

  /** Counts requests sent to a replier, or with a negative number those that are off its hands. */
  load(replier: KnownReplier, change: number): void {
    if (this.#byPeer.get(replier.peer) !== replier) return
    if (!replier.overdue) this.#leave(replier)
    replier.load += change
    this.#total += change
    if (!replier.overdue) this.#enter(replier)
  }

  [Symbol.iterator](): IterableIterator<KnownReplier> {
    return this.#byPeer.values()
  }

  #leastOverdue(avoid: KnownReplier | undefined): KnownReplier | undefined {
    const others = this.#overdue.size < this.#byPeer.size
    // What has waited in vain already is not what to try them with.
    if (others && avoid !== undefined) return undefined
    let most = others ? 1 : this.#most
    let least: KnownReplier | undefined
    for (const replier of this.#overdue) {
      if (replier.load >= most || replier === avoid) continue
      least = replier
      most = replier.load
    }
    return least ?? (avoid?.overdue === true && avoid.load < most ? avoid : undefined)
  }

  #enter(replier: KnownReplier): void {
    const { load } = replier
    while (this.#byLoad.length <= load) this.#byLoad.push([])
    const equals = this.#byLoad[load] ?? []
    replier.place = equals.length
    equals.push(replier)
    if (load < this.#lowest) this.#lowest = load
  }

  #leave(replier: KnownReplier): void {
    const equals = this.#byLoad[replier.load] ?? []
    const last = equals.pop()
    if (last === undefined || last === replier) return
    last.place = replier.place
    equals[last.place] = last
  }

  /** Moves up to the lowest load that some replier has. */
  #settle(): void {
    while (this.#lowest < this.#byLoad.length && this.#byLoad[this.#lowest]?.length === 0) this.#lowest++
    if (this.#lowest === this.#byLoad.length) this.#lowest = 0
  }
}
