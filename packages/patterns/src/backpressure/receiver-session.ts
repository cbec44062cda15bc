/** The receiving side of one connection: packets and times in, packets and messages out. Sans-I/O. */
import { ProtocolError } from '@sluice/core/parts'
import type { SluiceError } from '@sluice/core'
import { Backoff, bye, introduction, objection, required } from './greeting.ts'
import { sameEpoch } from './packets.ts'
import type { BlockedPacket, ByePacket, DataPacket, EndPacket, Epoch, Packet, Position } from './packets.ts'
import type { ReceiverStep } from './receiver-step.ts'
import { markToBegin, Reception } from './reception.ts'
import type { Begun, ReceiverSessionOptions } from './reception.ts'
import type { SessionState } from './session.ts'

/** Begins and ends sessions with one sender; what one brings is in its `Reception`. */
export class ReceiverSession {
  readonly #options: ReceiverSessionOptions
  readonly #backoff = new Backoff()
  #reception: Reception | undefined
  #greeting = false
  #greetAt = Infinity
  #paused = false
  /** The mark that HELLO gave: what a sender may count on when its WELCOME comes. */
  #offered = 0
  #discarded = 0

  constructor(options: ReceiverSessionOptions) {
    this.#options = options
  }

  get state(): SessionState {
    if (this.#reception !== undefined) return 'live'
    return this.#greeting ? 'greeting' : 'waiting'
  }

  /** The session that is live. */
  get reception(): Reception | undefined {
    return this.#reception
  }

  /** Packets of other sessions than this one, or that came before: thrown away. */
  get discarded(): number {
    return this.#discarded
  }

  /** Begins, once the connection is there. */
  open(now: number): Packet[] {
    return this.#options.side === 'connecting' ? [this.#greet(now)] : []
  }

  receive(packet: Packet, now: number): ReceiverStep {
    const step = newStep()
    try {
      this.#receive(packet, now, step)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#fail(error, now, step)
    }
    return step
  }

  /** Ends the session because the other side broke a rule that was noticed outside of it. */
  fail(error: SluiceError, now: number): ReceiverStep {
    const step = newStep()
    this.#fail(error, now, step)
    return step
  }

  /** Sets the mark to 0, or takes that back, in this session and in those to come. */
  pause(paused: boolean): void {
    this.#paused = paused
    this.#reception?.pause(paused)
  }

  /** Says goodbye with a code: what is not finished goes to another receiver. */
  close(code: string, message: string): Packet[] {
    const epoch = this.#reception?.epoch
    this.lost()
    return epoch === undefined ? [] : [bye(code, message, epoch)]
  }

  /** The connection is gone. */
  lost(): void {
    this.#reception?.end()
    this.#reception = undefined
    this.#greeting = false
    this.#greetAt = Infinity
  }

  /** When `tick` has something to do, if nothing comes before. */
  deadline(): number {
    return this.#reception?.deadline() ?? this.#greetAt
  }

  /** Says again what has to be said again by now. */
  tick(now: number): Packet[] {
    if (now < this.deadline()) return []
    if (this.#reception === undefined) return [this.#greeting ? this.#hello(now) : this.#greet(now)]
    this.#reception.probe()
    const ack = this.#reception.ack(now)
    return ack === undefined ? [] : [ack]
  }

  #receive(packet: Packet, now: number, step: ReceiverStep): void {
    switch (packet.type) {
      case 'hello':
        return this.#greeted(packet.position, now, step)
      case 'welcome':
        return this.#welcomed(packet.position, now, step)
      case 'bye':
        return this.#parted(packet, now, step)
      case 'ack':
        throw new ProtocolError('BP-19', 'a sender does not say ACK')
      default:
        return this.#told(packet, now, step)
    }
  }

  #told(packet: DataPacket | BlockedPacket | EndPacket, now: number, step: ReceiverStep): void {
    const reception = this.#reception
    if (reception === undefined) return this.#strange(packet.epoch, step)
    if (!sameEpoch(packet.epoch, reception.epoch)) return this.#foreign(packet, reception, now, step)
    if (packet.type !== 'data') {
      reception.told(packet, now)
      step.owes = true
    } else if (reception.data(packet, now)) step.delivery = packet
    else this.#discarded++
  }

  #greeted(position: Position, now: number, step: ReceiverStep): void {
    if (this.#options.side === 'connecting')
      throw new ProtocolError('BP-1', 'HELLO from the side that is bound')
    const refusal = objection(position, 'receiver')
    if (refusal !== undefined) {
      step.packets.push(refusal.packet)
      step.error = refusal.error
      return this.#over(now, step)
    }
    const epoch = required(position.epoch, 'epoch', 'BP-1')
    let reception = this.#reception
    if (reception === undefined || !sameEpoch(epoch, reception.epoch)) {
      const next = required(position.next, 'next', 'BP-1')
      this.#offered = this.#mark()
      reception = this.#begin({ epoch, next, id: position.id, compact: position.compact === true }, now, step)
    }
    step.packets.push({ type: 'welcome', position: this.#position(reception) })
  }

  #welcomed(position: Position, now: number, step: ReceiverStep): void {
    if (this.#options.side === 'bound')
      throw new ProtocolError('BP-2', 'WELCOME from the side that connected')
    const refusal = objection(position, 'receiver')
    if (refusal !== undefined) {
      step.packets.push(refusal.packet)
      step.error = refusal.error
      return this.#over(now, step)
    }
    const epoch = required(position.epoch, 'epoch', 'BP-2')
    // The answer to a HELLO that was repeated; a fresh epoch would say that the sender began anew (BP-15).
    if (this.#reception !== undefined && sameEpoch(epoch, this.#reception.epoch)) return
    this.#backoff.reset()
    const next = required(position.next, 'next', 'BP-2')
    this.#begin({ epoch, next, id: position.id, compact: position.compact === true }, now, step)
  }

  #parted(packet: ByePacket, now: number, step: ReceiverStep): void {
    if (packet.epoch !== undefined && !sameEpoch(packet.epoch, this.#reception?.epoch)) {
      this.#discarded++
      return
    }
    step.farewell = packet.code
    this.#over(now, step)
  }

  /** A frame without a session: where bound, the other side may think that there is one. */
  #strange(epoch: Epoch, step: ReceiverStep): void {
    this.#discarded++
    if (this.#options.side === 'bound')
      step.packets.push(bye('no-session', 'there is no such session', epoch))
  }

  /** A frame of another session is late; but a sender that keeps asking in one, and is silent in ours, is in that one. */
  #foreign(
    packet: DataPacket | BlockedPacket | EndPacket,
    reception: Reception,
    now: number,
    step: ReceiverStep,
  ): void {
    this.#discarded++
    if (packet.type === 'data' || !reception.silent(now)) return
    if (this.#options.side === 'bound') step.packets.push(bye('no-session', 'another is open', packet.epoch))
    else {
      this.#end(step)
      step.packets.push(this.#greet(now))
    }
  }

  #begin(position: Begun, now: number, step: ReceiverStep): Reception {
    this.#end(step)
    const reception = new Reception(this.#options, position, this.#offered, now)
    reception.pause(this.#paused)
    this.#reception = reception
    step.opened = reception
    // The mark may have changed since it was offered.
    step.owes = true
    return reception
  }

  #end(step: ReceiverStep): void {
    step.over ??= this.#reception
    this.lost()
  }

  #fail(error: SluiceError, now: number, step: ReceiverStep): void {
    step.delivery = undefined
    step.packets.push(bye('protocol', error.message, this.#reception?.epoch))
    step.error = error
    this.#over(now, step)
  }

  #over(now: number, step: ReceiverStep): void {
    this.#end(step)
    if (this.#options.side === 'connecting') this.#greetAt = this.#backoff.next(now)
  }

  #greet(now: number): Packet {
    this.#greeting = true
    this.#offered = 0
    return this.#hello(now)
  }

  #hello(now: number): Packet {
    this.#greetAt = this.#backoff.next(now)
    return { type: 'hello', position: this.#position(undefined) }
  }

  #position(reception: Reception | undefined): Position {
    const { identity, highWaterMarkBytes, compact } = this.#options
    const position = { ...introduction('receiver', identity, compact), highWaterMarkBytes }
    if (reception === undefined) {
      this.#offered = Math.max(this.#offered, this.#mark())
      return { ...position, highWaterMark: this.#offered }
    }
    const { epoch, expected, highWaterMark } = reception
    return { ...position, epoch, next: expected, highWaterMark }
  }

  #mark(): number {
    return this.#paused ? 0 : markToBegin(this.#options)
  }
}

function newStep(): ReceiverStep {
  return {
    packets: [],
    delivery: undefined,
    over: undefined,
    opened: undefined,
    owes: false,
    farewell: undefined,
    error: undefined,
  }
}
