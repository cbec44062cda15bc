/** A plain socket that sends a victim anything, and compares how each message was taken with what it is to be taken for. */
import { unpack, unpackMultiple } from 'msgpackr'
import { Dealer, Push, Router } from 'zeromq'
import { eventually } from '../by-hand.ts'
import { mark, writtenEpoch } from './damage.ts'
import type { Verdict } from './referee.ts'
import type { Victim } from './victim.ts'

export type Frames = readonly Buffer[]

/** One bad message, or one that only looks as if. */
export interface Blow {
  /** For people: where it came from. */
  readonly what: string
  /** Good messages ahead of it. */
  readonly before: readonly Frames[]
  /** The message, in which the epoch of the golden conversations is written. */
  readonly golden: Frames
  /** What becomes of which of its frames. */
  readonly at: number
  readonly harm: (frame: Buffer) => Buffer
  readonly verdict: Verdict
}

type Plain = Dealer | Push | Router

/** Sends blows in order over one connection. */
export class Attacker implements Disposable {
  readonly #socket: Plain
  readonly #heard: Frames[] = []
  #routing: Buffer | undefined

  private constructor(socket: Plain) {
    this.#socket = socket
    if (!(socket instanceof Push)) void this.#listen(socket).catch(() => undefined)
  }

  static pushing(endpoint: string): Attacker {
    const socket = new Push({ linger: 0, sendHighWaterMark: 0 })
    socket.connect(endpoint)
    return new Attacker(socket)
  }

  static dealing(endpoint: string): Attacker {
    const socket = new Dealer({ linger: 0, sendHighWaterMark: 0 })
    socket.connect(endpoint)
    return new Attacker(socket)
  }

  static async routing(): Promise<{ attacker: Attacker; endpoint: string }> {
    const socket = new Router({ linger: 0, sendHighWaterMark: 0 })
    await socket.bind('tcp://127.0.0.1:*')
    return { attacker: new Attacker(socket), endpoint: socket.lastEndpoint ?? '' }
  }

  /** Sends every blow without waiting in between; resolves when the victim has taken all of them. */
  async strike(victim: Victim, blows: readonly Blow[]): Promise<void> {
    const from = victim.records.length
    const sent: (Blow | undefined)[] = []
    for (const blow of blows) {
      for (const frames of blow.before) await this.send(frames)
      await this.send(harmed(blow, undefined))
      sent.push(...blow.before.map(() => undefined), blow)
    }
    await eventually(() => victim.records.length >= from + sent.length)
    sent.forEach((blow, at) => check(victim, from + at, blow))
  }

  /**
   * Strikes a producer: ahead of the blow come a BYE and perhaps a greeting, then what the producer says is waited for, and the epoch
   * that it has drawn stands in the place of the written one.
   */
  async strikeProducer(victim: Victim, blow: Blow, connects: boolean): Promise<void> {
    const [bye = [], greeting] = blow.before
    await this.#say(victim, bye)
    this.#heard.length = 0
    let epoch: Buffer | undefined
    if (connects) {
      await victim.clock.pass(2_000)
      epoch = await this.#greeted('HELLO', victim)
    }
    if (greeting !== undefined) {
      await this.#say(
        victim,
        greeting.map((frame) => renamed(frame, epoch)),
      )
      epoch ??= await this.#greeted('WELCOME', victim)
      for (let count = 0; count < mark;) count += await this.#data(epoch)
    }
    await this.#say(victim, harmed(blow, epoch))
    check(victim, victim.records.length - 1, blow)
  }

  async send(frames: Frames): Promise<void> {
    const all = this.#routing === undefined ? [...frames] : [this.#routing, ...frames]
    await this.#socket.send(all)
  }

  /** Resolves when somebody who connected has spoken. */
  async met(): Promise<void> {
    while (this.#routing === undefined) await nextTurn()
  }

  [Symbol.dispose](): void {
    this.#socket.close()
  }

  /** Resolves when it was taken: a producer is never sent two at a time. */
  async #say(victim: Victim, frames: Frames): Promise<void> {
    const { length } = victim.records
    await this.send(frames)
    while (victim.records.length === length) await nextTurn()
  }

  /** The epoch of the session that begins. A greeting of an earlier one may still have been on its way, and is passed over. */
  async #greeted(command: string, victim: Victim): Promise<Buffer> {
    for (;;) {
      const [name = nothing, args = nothing] = await this.#next()
      if (name.toString() !== command) continue
      const { epoch } = unpack(args) as { epoch: Uint8Array }
      if (victim.offered?.equals(epoch) === true) return victim.offered
    }
  }

  /** How many messages came in the next DATA of the epoch: small numbers, which take an octet each. */
  async #data(epoch: Buffer): Promise<number> {
    for (;;) {
      const [name = nothing, args = nothing, payload = nothing] = await this.#next()
      if (name.toString() === 'DATA' && args.includes(epoch)) return unpackMultiple(payload).length
    }
  }

  async #next(): Promise<Frames> {
    for (;;) {
      const frames = this.#heard.shift()
      if (frames !== undefined) return frames
      await nextTurn()
    }
  }

  async #listen(socket: Dealer | Router): Promise<void> {
    for (;;) {
      const frames = await socket.receive()
      if (socket instanceof Router) this.#routing = frames.shift()
      this.#heard.push(frames)
    }
  }
}

const nothing = Buffer.alloc(0)

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function renamed(frame: Buffer, epoch: Buffer | undefined): Buffer {
  const at = epoch === undefined ? -1 : frame.indexOf(writtenEpoch)
  if (epoch === undefined || at < 0) return frame
  return Buffer.concat([frame.subarray(0, at), epoch, frame.subarray(at + epoch.length)])
}

function harmed({ golden, at, harm }: Blow, epoch: Buffer | undefined): Frames {
  return golden.map((frame, index) => (index === at ? harm(renamed(frame, epoch)) : renamed(frame, epoch)))
}

/** Good messages must be taken without a word; what is refused is counted once, and its error names a rule. */
function check({ records, trusted }: Victim, at: number, blow: Blow | undefined): void {
  const { rule = '', counted } = records[at] ?? { counted: -1 }
  const verdict = blow?.verdict ?? '.'
  const wanted = verdict === '.' ? 0 : 1
  const named = /^(ENV|FNF|RR|BP)-\d+$/.test(rule)
  const right = (named && (verdict === 'x' || verdict === 'o')) || (rule === '' && verdict !== 'x')
  if (right && counted === wanted) return
  // What a trusted process sends is not asked whether it is UTF-8, which is all that may be wrong with it.
  if (trusted && verdict === 'x' && rule === '' && counted === 0) return
  const frames =
    blow === undefined ? [] : harmed(blow, undefined).map((frame) => frame.toString('hex', 0, 80))
  const what = `${blow?.what ?? 'what comes ahead of a blow'} (${frames.join(' ')})`
  throw new Error(`${what} was to be "${verdict}"; it was refused by "${rule}" and counted ${counted} times`)
}
