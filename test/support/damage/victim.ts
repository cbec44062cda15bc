/** One of ours under attack by a plain socket, and a record of what it made of each message. */
import { Context, DecodeError, ProtocolError } from '@sluice/core'
import type { Peer, Port, Ports, PortSpec } from '@sluice/core'
import { Consumer, Producer, Puller, Replier, Requester } from '@sluice/patterns'
import { HandClock } from '../hand-clock.ts'
import type { DamageCase } from './damage.ts'
import { mark } from './damage.ts'

export type VictimClass = Exclude<DamageCase['class'], 'Pusher'>
type AnyVictim = Consumer | Producer | Puller | Replier | Requester

/** How one message was taken. */
export interface Taken {
  /** By how much `stats().refused` grew. */
  readonly counted: number
  /** The rule that it was refused by; of a session it is what its BYE names. */
  readonly rule: string | undefined
}

/** Ports that write down what their owner makes of each message. */
class Watched implements Ports {
  readonly records: Taken[] = []
  /** The epoch of its latest greeting. */
  offered: Buffer | undefined
  refused: () => number = () => 0
  readonly #ports: Ports
  #reproach: string | undefined

  constructor(ports: Ports) {
    this.#ports = ports
  }

  open<P>(spec: PortSpec<P>): Port<P> {
    const { events } = spec
    const port = this.#ports.open<P>({
      ...spec,
      events: {
        up: (peer) => events.up(peer),
        down: (peer) => events.down(peer),
        writable: (peer) => events.writable(peer),
        suspect: () => events.suspect(),
        failed: (error) => events.failed(error),
        packet: (peer, packet) => this.#record(ruleIn(packet), () => events.packet(peer, packet)),
        refused: (peer, error) => this.#record(ruleOf(error), () => events.refused(peer, error)),
      },
    })
    return {
      builder: () => port.builder(),
      send: (peer: Peer, packet: P) => {
        this.#reproach ??= reproachIn(packet)
        this.offered = epochIn(packet) ?? this.offered
        return port.send(peer, packet)
      },
      drop: (peer) => port.drop(peer),
      pause: () => port.pause(),
      resume: () => port.resume(),
      connections: (peer) => port.connections(peer),
      bound: () => port.bound(),
      close: (lingerMs) => port.close(lingerMs),
    }
  }

  #record(rule: string | undefined, act: () => void): void {
    const before = this.refused()
    this.#reproach = undefined
    act()
    this.records.push({ counted: this.refused() - before, rule: rule ?? this.#reproach })
  }
}

/** Why a request or a reply could not be read. */
function ruleIn(packet: unknown): string | undefined {
  const { error } = packet as { error?: unknown }
  return error instanceof Error ? ruleOf(error) : undefined
}

/** Nothing but these two may come of bytes. */
function ruleOf(error: Error): string {
  return error instanceof DecodeError || error instanceof ProtocolError ? error.rule : error.name
}

/** BYE codes that say that a rule was broken; `protocol` names it at the end of its message. */
function reproachIn(packet: unknown): string | undefined {
  const { type, code, message } = packet as { type?: unknown; code?: unknown; message?: unknown }
  if (type !== 'bye') return undefined
  if (code === 'version' || code === 'role' || code === 'codec') return 'BP-3'
  return code === 'protocol' ? (/\((\S+)\)$/.exec(String(message))?.[1] ?? 'no rule') : undefined
}

function epochIn(packet: unknown): Buffer | undefined {
  const { type, position } = packet as { type?: unknown; position?: { epoch?: Uint8Array } }
  if (type !== 'hello' && type !== 'welcome') return undefined
  return position?.epoch === undefined ? undefined : Buffer.from(position.epoch)
}

/** A victim and the means to look at it. */
export class Victim implements AsyncDisposable {
  readonly kind: VictimClass
  readonly trusted: boolean
  readonly clock = new HandClock()
  /** Messages that were handed to its user. */
  readonly handed: unknown[] = []
  readonly #context = new Context()
  readonly #watched: Watched = new Watched(this.#context)
  readonly #object: AnyVictim

  /** `where` has an endpoint to bind, or to connect to those of attackers and of good peers. */
  constructor(
    kind: VictimClass,
    where: { readonly bind?: string; readonly connect?: readonly string[] },
    trusted: boolean,
  ) {
    this.kind = kind
    this.trusted = trusted
    this.#object = this.#make({
      ...where,
      context: this.#watched,
      trusted,
      clock: this.clock,
      identity: 'victim',
    })
    this.#watched.refused = () => this.#object.stats().refused
  }

  get records(): readonly Taken[] {
    return this.#watched.records
  }

  /** The epoch of its latest greeting, if it is one that sends. */
  get offered(): Buffer | undefined {
    return this.#watched.offered
  }

  /** Others that it is connected with. */
  get peers(): number {
    return this.#object.stats().peers
  }

  async endpoint(): Promise<string> {
    const [endpoint = ''] = await this.#object.endpoints()
    return endpoint
  }

  /** Asks, if it is one that asks. */
  async request(value: unknown): Promise<unknown> {
    if (this.#object instanceof Requester) return this.#object.request(value, { timeoutMs: 60_000 })
    throw new TypeError('it asks nobody')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#object.close()
    await this.#context[Symbol.asyncDispose]()
  }

  #make(given: {
    readonly context: Ports
    readonly trusted: boolean
    readonly clock: HandClock
    readonly identity: string
  }): AnyVictim {
    // More senders than will ever end, so that the stream goes on whatever they say.
    const senders = 1_000_000
    switch (this.kind) {
      case 'Requester':
        return new Requester(given)
      case 'Replier':
        return new Replier({ ...given, senders, highWaterMark: 100_000 }, (value) => value)
      case 'Producer':
        return this.#supplied(new Producer(given))
      case 'Consumer':
        return this.#taking(new Consumer({ ...given, senders, highWaterMark: mark }))
      case 'Puller':
        return this.#taking(new Puller({ ...given, senders, highWaterMark: 1_000_000 }))
    }
  }

  /** Has always more to send than it has credit for. */
  #supplied(producer: Producer): Producer {
    void (async () => {
      for (let at = 0; ; at++) await producer.send(at)
    })().catch(() => undefined)
    return producer
  }

  #taking<R extends Consumer | Puller>(receiver: R): R {
    receiver.start((delivery) => {
      this.handed.push(...delivery.values)
      for (const index of delivery.values.keys()) delivery.settle(index, 'delivered')
    })
    return receiver
  }
}
