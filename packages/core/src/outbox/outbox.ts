/** Messages that survive their sender: stored before they are sent, and taken out when they are settled. */
import { randomBytes } from 'node:crypto'
import { decodeSequence } from '../codec/codec.ts'
import { Encoder } from '../codec/encoder.ts'
import { ClosedError, SluiceError, StateError } from '../errors.ts'
import { Lifecycle } from '../lifecycle/lifecycle.ts'
import type { Headers, LinkStats, Outcome, Ticket } from '../link/link.ts'
import { Admission } from './admission.ts'
import type { Entering } from './admission.ts'
import { loadLmdb } from './load-lmdb.ts'
import type { CompleteOutbox } from './options.ts'
import type { OutboxStore, Stored } from './store.ts'

/** Most messages in one commit, and in one reading. */
const mostAtOnce = 4_096
const mostRead = 256

/** The sending side that an outbox stands before. */
export interface OutboxTarget<C> {
  /** Takes a stored message as `LinkSender.offer` does. `waiting` is who gave it in; nobody when an earlier sender did. */
  offer(value: unknown, headers: Headers, ticket: Ticket, waiting: C | undefined): true | Promise<void>
  /** The outbox cannot be used, or can no longer. */
  failed(error: SluiceError): void
}

/**
 * Stands between `send` and a sending side. What is sent in one turn, or while a commit is under way, is committed together.
 * Stored messages are read back in order and handed on as fast as the sending side takes them, those of an earlier sender first:
 * in memory is only what is in its windows. Those that were settled leave the file with the next commit.
 *
 * ```
 *   offer ──▶ entering ──commit──▶ stored ──read──▶ handed on ──settled──▶ gone
 *             `send` waits         `send` has        sent, not acked
 * ```
 */
export class Outbox<C = never> {
  readonly #life = new Lifecycle('Outbox')
  readonly #target: OutboxTarget<C>
  readonly #encoder: Encoder
  readonly #admission: Admission<C>
  readonly #opened: Promise<void>
  /** Names this sender in the ids of its messages: no two senders ever give the same id. */
  readonly #run: string = randomBytes(9).toString('base64url')
  readonly #waiting = new Map<number, C>()
  #store: OutboxStore | undefined
  #given = 0
  /** The number of the message that is committed last, and of the one that is handed on next. */
  #last = 0
  #next = 1
  #removed: number[] = []
  #recovered = 0
  #stored = 0
  #storedBytes = 0
  /** Stored, and not taken by the sending side. */
  #backlog = 0
  #failed = 0
  #scheduled = false
  #writing: Promise<void> | undefined
  #handing = false
  #closing: Promise<void> | undefined
  #onHandedOn: (() => void) | undefined

  /** @throws {OptionError} when the package `lmdb` is not installed. */
  constructor(options: CompleteOutbox, maxMessageBytes: number, target: OutboxTarget<C>) {
    this.#target = target
    this.#encoder = new Encoder(maxMessageBytes)
    this.#admission = new Admission(options.maxBytes, options.overflow)
    const open = loadLmdb()
    this.#opened = open(options.path, options.sync).then(
      (store) => this.#begin(store),
      (error: unknown) => this.#fail(error),
    )
  }

  /**
   * Stores a message; resolves when it is as safe as the sync policy says. Its ticket is settled as delivered then: it is
   * the outbox's from then on. Its header `id` is the sender's own, or one that no other message has.
   * Throws `EncodeError`, `StateError` and `FullError`; rejects with `ClosedError` or `signal.reason`.
   */
  offer(
    value: unknown,
    headers: Headers | undefined,
    ticket: Ticket | undefined,
    signal?: AbortSignal,
    waiting?: C,
  ): Promise<void> {
    this.#life.assertOpen('send()')
    signal?.throwIfAborted()
    const id = headers?.id ?? `${this.#run}-${++this.#given}`
    const octets = this.#encode(value, { ...headers, id })
    const stored = this.#admission.enter({ value, octets, ticket, waiting }, this.#storedBytes, signal)
    this.#schedule()
    return stored
  }

  /** Takes no more; resolves when everything was handed on, or the outbox was closed. */
  async drain(): Promise<void> {
    this.#life.drain()
    await this.#opened
    if (this.#isHandedOn) return
    await new Promise<void>((resolve) => {
      this.#onHandedOn = resolve
    })
  }

  /** Gives the file back; what is not settled stays in it. Idempotent. */
  close(reason: Error = new ClosedError('Outbox: closed')): Promise<void> {
    this.#life.close()
    this.#closing ??= this.#end(reason)
    return this.#closing
  }

  /** The books of the sending side, with what it has not been given yet. */
  stats(sender: LinkStats): LinkStats {
    const over = this.#life.state === 'closed'
    return {
      ...sender,
      accepted: sender.accepted + this.#backlog + this.#failed,
      failed: sender.failed + this.#failed,
      pending: sender.pending + (over ? 0 : this.#backlog),
      undelivered: sender.undelivered + (over ? this.#backlog : 0),
      outbox: { recovered: this.#recovered, stored: this.#stored, storedBytes: this.#storedBytes },
    }
  }

  get #isHandedOn(): boolean {
    return this.#admission.length === 0 && this.#writing === undefined && this.#backlog === 0
  }

  #encode(value: unknown, headers: Headers): Uint8Array {
    const encoder = this.#encoder
    encoder.append(headers)
    try {
      encoder.append(value)
    } catch (error) {
      encoder.take()
      throw error
    }
    return encoder.take()
  }

  #begin(store: OutboxStore): void {
    const { count, bytes, first, last } = store.recovered
    this.#store = store
    this.#recovered = this.#stored = this.#backlog = count
    this.#storedBytes = bytes
    this.#next = first
    this.#last = last
    if (this.#life.state === 'closed') return
    void this.#handOn()
    this.#schedule()
  }

  #fail(error: unknown): void {
    const failure =
      error instanceof SluiceError
        ? error
        : new SluiceError('ERR_SLUICE_OUTBOX', `the outbox cannot be used: ${String(error)}`, {
            cause: error,
          })
    this.#life.close(failure)
    this.#admission.clear(failure)
    this.#onHandedOn?.()
    this.#target.failed(failure)
  }

  /** Writes at the end of the turn, or when the commit that is under way has ended. */
  #schedule(): void {
    if (this.#scheduled || this.#writing !== undefined || this.#store === undefined) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      if (this.#store === undefined || this.#closing !== undefined) return
      // One that finds nothing to write ends at once, and must not be taken for one that is under way.
      this.#writing = Promise.resolve(this.#store)
        .then((store) => this.#write(store))
        .catch((error: unknown) => this.#fail(error))
    })
  }

  async #write(store: OutboxStore): Promise<void> {
    for (;;) {
      const admitted = this.#admission.admit(this.#storedBytes, mostAtOnce)
      const removed = this.#removed
      this.#removed = []
      if (admitted.length + removed.length === 0) break
      await this.#commit(store, admitted, removed)
      void this.#handOn()
    }
    this.#writing = undefined
    this.#look()
  }

  async #commit(
    store: OutboxStore,
    admitted: readonly Entering<C>[],
    removed: readonly number[],
  ): Promise<void> {
    const first = this.#last + 1
    const put = admitted.map(({ octets }, at): Stored => ({ sequence: first + at, octets }))
    try {
      await store.commit(put, removed)
    } catch (error) {
      for (const one of admitted) one.reject(error)
      throw error
    }
    for (const [at, one] of admitted.entries()) {
      if (one.waiting !== undefined) this.#waiting.set(first + at, one.waiting)
      this.#storedBytes += one.octets.length
      one.ticket?.settle('delivered')
      one.resolve()
    }
    this.#last += admitted.length
    this.#stored += admitted.length
    this.#backlog += admitted.length
  }

  async #handOn(): Promise<void> {
    if (this.#handing) return
    this.#handing = true
    try {
      while (this.#store !== undefined && this.#next <= this.#last && this.#life.state !== 'closed') {
        for (const stored of this.#store.read(this.#next, mostRead)) {
          const taken = this.#give(stored)
          if (taken !== true) await taken
          if (this.#closing !== undefined) return
          this.#next = stored.sequence + 1
        }
      }
    } catch (error) {
      // One that was closed while it waited has its message in the file still.
      if (this.#life.state !== 'closed') this.#fail(error)
    } finally {
      this.#handing = false
      this.#look()
    }
  }

  #give({ sequence, octets }: Stored): true | Promise<void> {
    const [headers, value] = decodeSequence(octets)
    const waiting = this.#waiting.get(sequence)
    this.#waiting.delete(sequence)
    const ticket: Ticket = { settle: (outcome) => this.#settle(outcome, sequence, octets.length) }
    let taken: true | Promise<void>
    try {
      taken = this.#target.offer(value, headers as Headers, ticket, waiting)
    } catch (error) {
      if (error instanceof ClosedError || error instanceof StateError) throw error
      return this.#giveUp(ticket)
    }
    if (taken === true) {
      this.#backlog--
      return true
    }
    return taken.then(() => void this.#backlog--)
  }

  /** The sending side cannot take this one, now or later: the others are not to wait for it. */
  #giveUp(ticket: Ticket): true {
    this.#backlog--
    this.#failed++
    ticket.settle('failed')
    return true
  }

  #settle(outcome: Outcome, sequence: number, bytes: number): void {
    if (outcome === 'undelivered') return
    this.#removed.push(sequence)
    this.#stored--
    this.#storedBytes -= bytes
    this.#schedule()
  }

  #look(): void {
    if (this.#isHandedOn) this.#onHandedOn?.()
  }

  async #end(reason: Error): Promise<void> {
    await this.#opened
    await this.#writing
    this.#admission.clear(reason)
    this.#onHandedOn?.()
    const store = this.#store
    if (store === undefined) return
    // What was settled last need not be sent again by the next sender.
    if (this.#removed.length > 0) await store.commit([], this.#removed).catch(() => {})
    await store.close()
  }
}
