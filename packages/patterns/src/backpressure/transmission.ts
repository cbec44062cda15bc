/** What a sender keeps of one session: what is in flight, and how much more may go. Sans-I/O. */
import { ProtocolError, RemoteError, SenderWindow } from '@sluice/core/parts'
import type { Rejection } from '@sluice/core'
import { probeMs, required } from './greeting.ts'
import { InFlight } from './in-flight.ts'
import type { Settlement } from './in-flight.ts'
import type { AckPacket, DataPacket, Epoch, Packet, Position } from './packets.ts'
import type { Slice } from './slice.ts'

/** How soon BLOCKED may be said again, in milliseconds: a slow receiver would be told, and answer, with each message. BP-10. */
const blockedPauseMs = 10

/** Keeps every message until it is acked. */
export class Transmission {
  readonly epoch: Epoch
  readonly #window = new SenderWindow()
  readonly #inFlight = new InFlight()
  #bytesAllowed = 0
  #compact = false
  #heardAt = 0
  #saidAt = 0
  #blocked = false
  #blockedSaidAt = -Infinity
  #last = false

  constructor(epoch: Epoch) {
    this.epoch = epoch
  }

  get next(): number {
    return this.#window.next
  }

  get acked(): number {
    return this.#window.acked
  }

  get inFlight(): number {
    return this.#window.inFlight
  }

  get highWaterMark(): number {
    return this.#window.highWaterMark
  }

  get credit(): number {
    return this.creditBytes > 0 ? this.#window.credit : 0
  }

  /** Bytes that may be sent; one message may always go when nothing is in flight. */
  get creditBytes(): number {
    return Math.max(0, this.#bytesAllowed - this.#inFlight.bytes)
  }

  /** Takes over what the receiver says when the session begins; `mostBytes` is this side's own bound. */
  announced(position: Position, mostBytes: number, rule: string, now: number): void {
    this.#window.announced(required(position.highWaterMark, 'hwm', rule), 0)
    this.#bytesAllowed = Math.min(position.highWaterMarkBytes ?? Infinity, mostBytes)
    this.#compact = position.compact === true
    this.#heardAt = now
  }

  /** Sends a slice, for which there is credit. */
  send(slice: Slice, now: number): DataPacket {
    // Silence counts from when an answer can be expected.
    if (this.#window.inFlight === 0) this.#heardAt = now
    const first = this.#window.sent(slice.batch.count)
    this.#inFlight.push(first, slice)
    const { batch, headers, redelivered } = slice
    return { type: 'data', epoch: this.epoch, first, redelivered, batch, headers, compact: this.#compact }
  }

  /**
   * Takes an ack; writes down what it settles for the first time.
   * @throws {ProtocolError} BP-8, for an ack of what was never sent.
   */
  ack(packet: AckPacket, now: number, settled: Settlement[]): void {
    this.#heardAt = now
    for (const [first, last] of packet.ranges) {
      for (const fresh of this.#window.ack(first, last)) {
        this.#inFlight.settle(fresh, 'delivered', undefined, settled)
      }
    }
    for (const rejection of packet.rejected) this.#reject(rejection, settled)
    this.#window.announced(packet.highWaterMark, packet.serial)
    if (this.credit > 0) this.#blocked = false
    if (packet.ended && this.#window.inFlight > 0) {
      throw new ProtocolError(
        'BP-11',
        `the end was answered with ${this.#window.inFlight} messages in flight`,
      )
    }
  }

  /** Says that messages wait for credit: once when that begins. */
  block(now: number): Packet | undefined {
    if (this.#blocked) return undefined
    this.#blocked = true
    // The ack comes unasked, at the latest when half the mark is finished. Where it does not, `deadline` says when to ask.
    if (now < this.#blockedSaidAt + blockedPauseMs) return undefined
    this.#blockedSaidAt = now
    return this.mark('blocked', now)
  }

  /** Says, once, that nothing follows what was sent unless another receiver loses something. */
  last(now: number): Packet | undefined {
    if (this.#last) return undefined
    this.#last = true
    return this.mark('blocked', now)
  }

  /** Says where the session stands. */
  mark(type: 'blocked' | 'end', now: number): Packet {
    this.#saidAt = now
    const { epoch, next } = this
    return type === 'end' ? { type, epoch, next } : { type, epoch, next, last: this.#last }
  }

  /** When is to be said again where the session stands, if nothing comes before. */
  deadline(ending: boolean): number {
    if (ending || this.#blocked) return this.#saidAt + probeMs
    return this.#window.inFlight > 0 ? Math.max(this.#saidAt, this.#heardAt) + probeMs : Infinity
  }

  /** Takes out what is in flight, in order. */
  takeBack(): Slice[] {
    return this.#inFlight.takeBack(this.#window.unacked())
  }

  #reject({ first, last, code, message }: Rejection, settled: Settlement[]): void {
    const outcome = code === 'dead-lettered' ? 'deadLettered' : 'failed'
    for (const fresh of this.#window.ack(first, last)) {
      this.#inFlight.settle(fresh, outcome, new RemoteError(code, message), settled)
    }
  }
}
