/** Requester and replier sessions on a network that a test deals by hand: what is sent waits until it is taken. */
import { ValueBatchBuilder } from '@sluice/core'
import type { Clock, Outcome, Peer } from '@sluice/core'
import type { Caller } from '../../packages/patterns/src/request-reply/calls.ts'
import type { Correlation, RequestReplyPacket } from '../../packages/patterns/src/request-reply/packets.ts'
import { RequesterSession } from '../../packages/patterns/src/request-reply/requester-session.ts'

export const inFlight = 4
export const retries = 2
export const timeoutMs = 100

/** A request as the simplest of minds keeps it: what it was, where it is, how it ended. */
export interface Told {
  readonly value: number
  /** Repliers that were sent it and have neither answered nor been told to forget it. */
  readonly at: Set<Peer>
  sent: number
  rests: number
  ends: { readonly outcome: Outcome; readonly answer: unknown }[]
  cancelled: boolean
}

/** A request that a replier has. */
export interface Asked {
  readonly peer: Peer
  readonly id: Correlation
  readonly value: number
}

/** The session under test, and beside it the twin that only writes down what it sees. */
export class AskingWorld {
  readonly told: Told[] = []
  readonly peers: Peer[] = []
  readonly announced = new Set<Peer>()
  /** Every request that some replier has, cancelled ones too: a bare one answers all the same. */
  asked: Asked[] = []
  now = 0
  readonly session: RequesterSession
  readonly #cancels: (() => void)[] = []
  readonly #clock: Clock = {
    time: () => 0,
    now: () => this.now,
    after: () => ({ cancel: () => {} }),
    turn: () => {},
  }
  readonly #byId = new Map<Correlation, Told>()

  constructor() {
    const backoff = { initialMs: 10, factor: 2, maxMs: 40, jitter: 0 }
    const settings = {
      inFlight,
      backoff,
      maxBatchMessages: 3,
      maxBatchBytes: 1e9,
      maxMessageBytes: 1e9,
      random: () => 0,
    }
    this.session = new RequesterSession(settings, {
      builder: () => new ValueBatchBuilder(),
      send: (peer, packet) => this.#sent(peer, packet),
    })
  }

  /** Requests of the twin that have not ended. */
  get open(): Told[] {
    return this.told.filter(({ ends, cancelled }) => ends.length === 0 && !cancelled)
  }

  submit(): void {
    const told: Told = {
      value: this.told.length,
      at: new Set(),
      sent: 0,
      rests: 0,
      ends: [],
      cancelled: false,
    }
    this.told.push(told)
    const caller: Caller = {
      answered: (answer) => told.ends.push({ outcome: 'delivered', answer }),
      failed: (error, outcome) => told.ends.push({ outcome, answer: error }),
    }
    const call = this.session.submit(caller, told.value, undefined, { timeoutMs, retries }, this.now)
    this.#byId.set(call.id, told)
    this.#cancels.push(() => {
      this.session.cancel(call)
      told.at.clear()
      told.cancelled = told.ends.length === 0
    })
  }

  cancel(index: number): void {
    this.#cancels[index % Math.max(1, this.#cancels.length)]?.()
  }

  up(): void {
    const peer: Peer = { label: `replier ${this.peers.length}` }
    this.peers.push(peer)
    this.session.up(peer)
  }

  down(index: number): void {
    const [peer] = this.peers.splice(index % Math.max(1, this.peers.length), 1)
    if (peer === undefined) return
    this.asked = this.asked.filter((one) => one.peer !== peer)
    for (const { at } of this.told) at.delete(peer)
    this.session.down(peer, this.now)
  }

  announce(index: number): void {
    const peer = this.peers[index % Math.max(1, this.peers.length)]
    if (peer === undefined) return
    this.announced.add(peer)
    this.session.packet(peer, { type: 'announcement', compact: false }, this.#clock)
  }

  /** Some replier answers something it has. */
  answer(index: number, how: 'well' | 'failed' | 'full' | 'unreadable'): void {
    const [one] = this.asked.splice(index % Math.max(1, this.asked.length), 1)
    if (one === undefined) return
    const told = this.#byId.get(one.id)
    const known = told?.at.delete(one.peer) ?? false
    // An answer to any attempt is the answer; one that says "full" counts only where the request is now.
    if (told !== undefined && known && how === 'full') told.rests++
    if (how !== 'full') told?.at.clear()
    const builder = new ValueBatchBuilder()
    const headers = new ValueBatchBuilder()
    builder.append(how === 'well' ? one.value * 2 : null)
    const code = how === 'full' ? 'ERR_SLUICE_FULL' : 'E_BROKEN'
    headers.append({ error: { code, message: how } })
    this.session.packet(
      one.peer,
      {
        type: 'reply',
        ids: [one.id],
        opaque: undefined,
        compact: false,
        sluice: this.announced.has(one.peer),
        batch: how === 'unreadable' ? undefined : builder.take(),
        headers: how === 'well' || how === 'unreadable' ? undefined : headers.take(),
        error: how === 'unreadable' ? (new Error('bad bytes') as never) : undefined,
      },
      this.#clock,
    )
  }

  pass(ms: number): void {
    this.now += ms
    // What is due is over or sent anew; where it was, it is no more, as the session says of itself by CANCEL.
    this.session.tick(this.now)
  }

  #sent(peer: Peer, packet: RequestReplyPacket): void {
    if (!this.peers.includes(peer)) throw new Error('sent to a replier that is gone')
    if (packet.type === 'cancel') {
      if (!this.announced.has(peer))
        throw new Error('RR-6: CANCEL to a replier that has not announced itself')
      for (const id of packet.ids) this.#forget(peer, id)
      return
    }
    if (packet.type !== 'request') throw new Error(`a requester sent ${packet.type}`)
    const ids = packet.ids ?? []
    const values = packet.batch?.values() ?? []
    if (ids.length !== values.length) throw new Error('RR-6: as many values as correlations')
    if (ids.length > 1 && !this.announced.has(peer)) throw new Error('RR-6: a shared frame for a stranger')
    ids.forEach((id, at) => this.#took(peer, id, values[at], packet.headers?.values()[at]))
  }

  #took(peer: Peer, id: Correlation, value: unknown, headers: unknown): void {
    const told = this.#byId.get(id)
    if (told === undefined || told.value !== value) throw new Error('another message than that of the number')
    if (told.ends.length > 0 || told.cancelled) throw new Error('sent after its end')
    const attempt = (headers as { attempt?: number } | null | undefined)?.attempt ?? 1
    if (attempt !== ++told.sent) throw new Error(`attempt ${attempt} was sent as the ${told.sent}th`)
    told.at.clear()
    told.at.add(peer)
    this.asked.push({ peer, id, value: told.value })
  }

  #forget(peer: Peer, id: Correlation): void {
    this.#byId.get(id)?.at.delete(peer)
    this.asked = this.asked.filter((one) => one.peer !== peer || one.id !== id)
  }
}
