/** The sending side of one connection: packets and times in, packets and settled messages out. Sans-I/O. */
import { ProtocolError, RemoteError } from '@sluice/core/parts'
import type { SluiceError } from '@sluice/core'
import { Backoff, bye, introduction, objection, required } from './greeting.ts'
import { sameEpoch } from './packets.ts'
import type { AckPacket, ByePacket, DataPacket, Packet, Position } from './packets.ts'
import type { SenderSessionOptions, SenderStep, SessionState } from './session.ts'
import type { Slice } from './slice.ts'
import { Transmission } from './transmission.ts'

/** Begins and ends sessions with one receiver; what one has in flight is in its `Transmission`. */
export class SenderSession {
  readonly #options: SenderSessionOptions
  readonly #backoff = new Backoff()
  #state: SessionState = 'waiting'
  #transmission: Transmission | undefined
  /** When HELLO is to be said (again). */
  #greetAt = Infinity
  #receiver: string | undefined
  #discarded = 0

  constructor(options: SenderSessionOptions) {
    this.#options = options
  }

  get state(): SessionState {
    return this.#state
  }

  /** Whether messages may be sent, credit provided. */
  get live(): boolean {
    return this.#state === 'live'
  }

  /** The label of the receiver, while there is a session. */
  get receiver(): string | undefined {
    return this.#receiver
  }

  get inFlight(): number {
    return this.#transmission?.inFlight ?? 0
  }

  get highWaterMark(): number {
    return this.#transmission?.highWaterMark ?? 0
  }

  /** How many messages may be sent now. */
  get credit(): number {
    return this.#state === 'live' ? (this.#transmission?.credit ?? 0) : 0
  }

  /** How many bytes may be sent now; one message may always go when nothing is in flight. */
  get creditBytes(): number {
    return this.#state === 'live' ? (this.#transmission?.creditBytes ?? 0) : 0
  }

  /** Packets of other sessions than this one: thrown away. */
  get discarded(): number {
    return this.#discarded
  }

  /** Begins, once the connection is there. */
  open(now: number): Packet[] {
    return this.#options.side === 'connecting' ? [this.#greet(now)] : []
  }

  receive(packet: Packet, now: number): SenderStep {
    const step: SenderStep = { packets: [], settled: [], returned: [], error: undefined }
    try {
      this.#receive(packet, now, step)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#fail(error, now, step)
    }
    return step
  }

  /** Ends the session because the other side broke a rule that was noticed outside of it. */
  fail(error: SluiceError, now: number): SenderStep {
    const step: SenderStep = { packets: [], settled: [], returned: [], error: undefined }
    this.#fail(error, now, step)
    return step
  }

  /** Sends a slice, for which there is credit. */
  send(slice: Slice, now: number): DataPacket {
    if (this.#transmission === undefined)
      throw new TypeError('nothing can be sent before the session is live')
    return this.#transmission.send(slice, now)
  }

  /** Says that messages wait for credit: once when that begins; `tick` repeats it. */
  block(now: number): Packet | undefined {
    return this.#state === 'live' ? this.#transmission?.block(now) : undefined
  }

  /** Says that nothing follows what was sent, unless another receiver loses something. */
  last(now: number): Packet | undefined {
    return this.#state === 'live' ? this.#transmission?.last(now) : undefined
  }

  /** Says where the session stands, to find out whether the receiver is there. */
  probe(now: number): Packet | undefined {
    return this.#begun ? this.#transmission?.mark('blocked', now) : undefined
  }

  /** Says that there is no more; the receiver answers when it has finished everything. */
  end(now: number): Packet | undefined {
    if (this.#state !== 'live') return undefined
    this.#state = 'ending'
    return this.#transmission?.mark('end', now)
  }

  /** Says goodbye; returns what was in flight, in order. */
  close(code: string, message: string): { packets: Packet[]; returned: Slice[] } {
    const epoch = this.#transmission?.epoch
    return { packets: epoch === undefined ? [] : [bye(code, message, epoch)], returned: this.lost() }
  }

  /** The connection is gone: returns what was in flight, in order. */
  lost(): Slice[] {
    const returned = this.#transmission?.takeBack() ?? []
    this.#state = 'waiting'
    this.#transmission = undefined
    this.#receiver = undefined
    this.#greetAt = Infinity
    return returned
  }

  /** When `tick` has something to do, if nothing comes before. */
  deadline(): number {
    if (this.#state === 'ended') return Infinity
    return this.#begun ? (this.#transmission?.deadline(this.#state === 'ending') ?? Infinity) : this.#greetAt
  }

  /** Says again what has to be said again by now. */
  tick(now: number): Packet[] {
    if (now < this.deadline()) return []
    if (this.#state === 'waiting') return [this.#greet(now)]
    if (this.#state === 'greeting') return [this.#hello(now)]
    const mark = this.#transmission?.mark(this.#state === 'ending' ? 'end' : 'blocked', now)
    return mark === undefined ? [] : [mark]
  }

  get #begun(): boolean {
    return this.#state !== 'waiting' && this.#state !== 'greeting'
  }

  #receive(packet: Packet, now: number, step: SenderStep): void {
    switch (packet.type) {
      case 'hello':
        return this.#greeted(packet.position, now, step)
      case 'welcome':
        return this.#welcomed(packet.position, now, step)
      case 'bye':
        return this.#parted(packet, now, step)
      case 'ack':
        return this.#acked(packet, now, step)
      default:
        throw new ProtocolError('BP-19', `a receiver does not say ${packet.type.toUpperCase()}`)
    }
  }

  #greeted(position: Position, now: number, step: SenderStep): void {
    if (this.#options.side === 'connecting')
      throw new ProtocolError('BP-1', 'HELLO from the side that is bound')
    const refusal = objection(position, 'sender') ?? this.#options.against?.(position.id)
    if (refusal !== undefined) {
      step.packets.push(refusal.packet)
      step.error = refusal.error
      return this.#over(now, step)
    }
    let transmission = this.#transmission
    // Where nothing was sent yet, a HELLO that was repeated means the same session.
    if (transmission === undefined || this.#state !== 'live' || transmission.next > 0) {
      step.returned.push(...this.lost())
      transmission = new Transmission(this.#options.newEpoch())
    }
    this.#live(transmission, position, 'BP-1', now)
    step.packets.push({ type: 'welcome', position: this.#position(transmission) })
  }

  #welcomed(position: Position, now: number, step: SenderStep): void {
    if (this.#options.side === 'bound')
      throw new ProtocolError('BP-2', 'WELCOME from the side that connected')
    const transmission = this.#transmission
    const refusal = objection(position, 'sender')
    if (refusal !== undefined) {
      step.packets.push(refusal.packet)
      step.error = refusal.error
      return this.#over(now, step)
    }
    const next = required(position.next, 'next', 'BP-2')
    const epoch = required(position.epoch, 'epoch', 'BP-2')
    if (transmission === undefined || !sameEpoch(epoch, transmission.epoch)) return this.#discard()
    // The answer to a HELLO that was repeated.
    if (this.#state !== 'greeting') return
    if (next !== transmission.next)
      throw new ProtocolError('BP-2', `${next} is expected, where ${transmission.next} comes next`)
    this.#live(transmission, position, 'BP-2', now)
  }

  #live(transmission: Transmission, position: Position, rule: string, now: number): void {
    transmission.announced(position, this.#options.highWaterMarkBytes, rule, now)
    this.#backoff.reset()
    this.#transmission = transmission
    this.#receiver = position.id
    this.#state = 'live'
  }

  #acked(packet: AckPacket, now: number, step: SenderStep): void {
    const transmission = this.#transmission
    if (transmission === undefined || !this.#begun) return this.#strange(packet, step)
    if (!sameEpoch(packet.epoch, transmission.epoch)) return this.#discard()
    transmission.ack(packet, now, step.settled)
    if (packet.ended && this.#state === 'ending') this.#state = 'ended'
  }

  #parted(packet: ByePacket, now: number, step: SenderStep): void {
    if (packet.epoch !== undefined && !sameEpoch(packet.epoch, this.#transmission?.epoch))
      return this.#discard()
    step.error = new RemoteError(packet.code, packet.message)
    // Two that claim one identity take turns, slowly.
    if (packet.code === 'replaced') this.#backoff.longest()
    this.#over(now, step)
  }

  /** A frame without a session: where bound, the other side may think that there is one. */
  #strange({ epoch }: AckPacket, step: SenderStep): void {
    this.#discard()
    if (this.#options.side === 'bound')
      step.packets.push(bye('no-session', 'there is no such session', epoch))
  }

  #discard(): void {
    this.#discarded++
  }

  #fail(error: SluiceError, now: number, step: SenderStep): void {
    step.packets.push(bye('protocol', error.message, this.#transmission?.epoch))
    step.error = error
    this.#over(now, step)
  }

  #over(now: number, step: SenderStep): void {
    step.returned.push(...this.lost())
    if (this.#options.side === 'connecting') this.#greetAt = this.#backoff.next(now)
  }

  #greet(now: number): Packet {
    this.#transmission = new Transmission(this.#options.newEpoch())
    this.#state = 'greeting'
    return this.#hello(now)
  }

  #hello(now: number): Packet {
    this.#greetAt = this.#backoff.next(now)
    return { type: 'hello', position: this.#position(this.#transmission) }
  }

  #position(transmission: Transmission | undefined): Position {
    const introduced = introduction('sender', this.#options.identity, this.#options.compact)
    return { ...introduced, epoch: transmission?.epoch, next: transmission?.next, acked: transmission?.acked }
  }
}
