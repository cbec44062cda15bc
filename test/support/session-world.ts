/** A sender's and a receiver's session with a network between them that the test bends. */
import { strict as assert } from 'node:assert'
import type { Packet } from '../../packages/patterns/src/backpressure/packets.ts'
import type { Reception } from '../../packages/patterns/src/backpressure/reception.ts'
import type { ReceiverStep } from '../../packages/patterns/src/backpressure/receiver-step.ts'
import type { SenderStep } from '../../packages/patterns/src/backpressure/session.ts'
import { receiverSession, senderSession, slice } from './bp-sessions.ts'

export interface Event {
  readonly kind:
    | 'send'
    | 'deliver'
    | 'return'
    | 'finish'
    | 'ack'
    | 'tick'
    | 'losePacket'
    | 'loseReturn'
    | 'late'
    | 'pause'
    | 'reject'
    | 'cut'
    | 'noise'
    | 'flow'
  readonly pick: number
}

interface Held {
  readonly reception: Reception
  readonly sequence: number
}

const settling = 200_000

/** Counts every message; the values are their numbers. */
export class InFlightWorld {
  readonly #connects: 'sender' | 'receiver'
  readonly #mark: number | 'auto'
  #sender
  #receiver
  #now = 0
  #to: Packet[] = []
  #back: Packet[] = []
  /** What went through the network before: it may come again after a cut. */
  #old: { to: boolean; packet: Packet }[] = []
  #held: Held[] = []
  #paused = false
  offered = 0
  returned = 0
  pending: number[] = []
  readonly handed: number[] = []
  readonly settled = new Map<number, string>()

  constructor(connects: 'sender' | 'receiver', mark: number | 'auto') {
    this.#connects = connects
    this.#mark = mark
    this.#sender = senderSession(connects === 'sender' ? 'connecting' : 'bound')
    this.#receiver = receiverSession(connects === 'receiver' ? 'connecting' : 'bound', mark)
    this.#connect()
  }

  do({ kind, pick }: Event): void {
    this.#now += pick % 50
    this[kind](pick)
    this.#check()
  }

  send(pick: number): void {
    for (let n = pick % 4; n > 0; n--) this.pending.push(this.offered++)
    const count = Math.min(this.pending.length, this.#sender.credit, 1 + (pick % 3))
    if (count > 0) this.#to.push(this.#sender.send(slice(...this.pending.splice(0, count)), this.#now))
    else if (this.pending.length > 0) this.#push(this.#to, [this.#sender.block(this.#now)])
  }

  deliver(): void {
    const packet = this.#to.shift()
    if (packet === undefined) return
    this.#old.push({ to: true, packet })
    this.#received(this.#receiver.receive(packet, this.#now))
  }

  return(): void {
    const packet = this.#back.shift()
    if (packet === undefined) return
    this.#old.push({ to: false, packet })
    this.#answered(this.#sender.receive(packet, this.#now))
  }

  finish(pick: number): void {
    const [held] = this.#held.splice(pick % Math.max(1, this.#held.length), 1)
    if (held !== undefined && !held.reception.over) held.reception.finish(held.sequence, held.sequence)
  }

  reject(pick: number): void {
    const [held] = this.#held.splice(pick % Math.max(1, this.#held.length), 1)
    if (held === undefined || held.reception.over) return
    const { sequence } = held
    held.reception.reject({ first: sequence, last: sequence, code: 'failed', message: 'no' })
  }

  ack(): void {
    this.#push(this.#back, [this.#receiver.reception?.ack(this.#now)])
  }

  tick(pick: number): void {
    this.#now += pick
    this.#push(this.#to, this.#sender.tick(this.#now))
    this.#push(this.#back, this.#receiver.tick(this.#now))
  }

  losePacket(pick: number): void {
    this.#to.splice(pick % Math.max(1, this.#to.length), 1)
  }

  loseReturn(pick: number): void {
    this.#back.splice(pick % Math.max(1, this.#back.length), 1)
  }

  /** A frame of before comes once more, as it can between those of a new connection. */
  late(pick: number): void {
    const late = this.#old[pick % Math.max(1, this.#old.length)]
    // Within a session ZeroMQ repeats nothing but what a peer itself repeats.
    if (late === undefined || late.packet.type === 'hello' || late.packet.type === 'welcome') return
    if (late.packet.type === 'bye') return
    if (late.to) this.#received(this.#receiver.receive(late.packet, this.#now))
    else this.#answered(this.#sender.receive(late.packet, this.#now))
  }

  pause(): void {
    this.#paused = !this.#paused
    this.#receiver.pause(this.#paused)
  }

  /** The connection breaks, with all that is in it, and is there again. */
  cut(): void {
    this.#to = []
    this.#back = []
    this.#requeue(this.#sender.lost().flatMap(({ batch }) => batch.values() as number[]))
    this.#receiver.lost()
    this.#connect()
  }

  noise(pick: number): void {
    const epoch = Uint8Array.of(9, 9, 9, 9, 9, 9, 9, pick % 2)
    this.#received(this.#receiver.receive({ type: 'blocked', epoch, next: pick, last: false }, this.#now))
    const ack = {
      highWaterMark: 1_000,
      ranges: [[0, pick]] as [number, number][],
      rejected: [],
      ended: true,
      serial: 1,
    }
    this.#answered(this.#sender.receive({ type: 'ack', epoch, ...ack }, this.#now))
  }

  /** All that is on its way arrives, both ways. */
  flow(): void {
    while (this.#to.length > 0) this.deliver()
    while (this.#back.length > 0) this.return()
  }

  /** Nothing is lost any more, everything is finished, and time passes. */
  heal(): void {
    if (this.#paused) this.pause()
    const until = this.#now + settling
    while (this.settled.size < this.offered) {
      assert.ok(this.#now < until, `${this.offered - this.settled.size} of ${this.offered} are not settled`)
      this.send(0)
      this.send(2 ** 20 * 12)
      while (this.#to.length > 0) this.deliver()
      while (this.#held.length > 0) this.finish(0)
      this.ack()
      while (this.#back.length > 0) this.return()
      this.tick(250)
      this.#check()
    }
  }

  #connect(): void {
    const { side } = { side: this.#connects }
    if (side === 'sender') this.#push(this.#to, this.#sender.open(this.#now))
    else this.#push(this.#back, this.#receiver.open(this.#now))
  }

  #received(step: ReceiverStep): void {
    this.#push(this.#back, step.packets)
    const { reception } = this.#receiver
    if (step.delivery === undefined || reception === undefined) return
    for (const [at, value] of step.delivery.batch.values().entries()) {
      this.handed.push(value as number)
      this.#held.push({ reception, sequence: step.delivery.first + at })
    }
  }

  #answered(step: SenderStep): void {
    this.#push(this.#to, step.packets)
    for (const { slice: settled, from, to, outcome } of step.settled) {
      for (const value of settled.batch.values().slice(from, to) as number[]) {
        assert.ok(!this.settled.has(value), `${value} was settled twice`)
        this.settled.set(value, outcome)
      }
    }
    this.#requeue(step.returned.flatMap(({ batch }) => batch.values() as number[]))
  }

  #requeue(values: readonly number[]): void {
    this.returned += values.length
    this.pending = [...values, ...this.pending].toSorted((a, b) => a - b)
  }

  #push(into: Packet[], packets: readonly (Packet | undefined)[]): void {
    for (const packet of packets) if (packet !== undefined) into.push(packet)
  }

  #check(): void {
    assert.equal(this.pending.length + this.#sender.inFlight + this.settled.size, this.offered)
    const held = this.#receiver.reception?.held ?? 0
    assert.ok(this.#mark === 'auto' || held <= this.#mark, `${held} held`)
  }
}
