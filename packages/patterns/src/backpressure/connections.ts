/** The connections of one side of a link: its ports, a session for each peer, and what has to be said again. */
import { LinkError, OptionError } from '@sluice/core/parts'
import type { BatchBuilder, Peer, Port, Site, SluiceError, Timer } from '@sluice/core'
import { bye } from './greeting.ts'
import type { Packet, Side } from './packets.ts'
import { backpressureWire } from './wire.ts'

/** How often is looked for what has to be said again, in milliseconds; only while there is something. */
const tickMs = 250

/** What both sides' sessions have in common. */
export interface Session {
  open(now: number): Packet[]
  deadline(): number
  tick(now: number): Packet[]
}

/** One peer, and the session with it. */
export interface Connection<S extends Session> {
  readonly peer: Peer
  readonly session: S
  say(packet: Packet): void
}

/** What the owner of connections does with what happens on them. */
export interface ConnectionEvents<S extends Session, C extends Connection<S>> {
  create(peer: Peer, side: Side, say: (packet: Packet) => void): C
  packet(connection: C, packet: Packet, now: number): void
  /** The connection is gone. */
  lost(connection: C): void
  /** Bytes that are no packet came on a connection. */
  broken(connection: C, error: SluiceError, now: number): void
  /** Says something on a connection, to find out whether it is there. */
  probe(connection: C, now: number): void
  failed(error: SluiceError): void
}

/** Opens one port for what is bound and one for what is connected to: only the latter says HELLO. */
export class Connections<S extends Session, C extends Connection<S>> {
  readonly #site: Site
  readonly #events: ConnectionEvents<S, C>
  readonly #ports: Port<Packet>[] = []
  readonly #all = new Map<Peer, C>()
  #timer: Timer | undefined
  #closed = false
  #refused = 0

  /** @throws {OptionError} for endpoints that nothing can carry, or that are carried in different forms. */
  constructor(site: Site, events: ConnectionEvents<S, C>) {
    this.#site = site
    this.#events = events
    if (site.bind.length > 0) this.#ports.push(this.#open('bound', site.bind, []))
    if (site.connect.length > 0) this.#ports.push(this.#open('connecting', [], site.connect))
    const [first, second] = this.#ports.map((port) => port.builder().constructor)
    if (second === undefined || first === second) return
    void this.close(0)
    throw new OptionError(
      'connect',
      'endpoints within this thread were given beside others; allowed: one kind or the other',
    )
  }

  get size(): number {
    return this.#all.size
  }

  /** Messages of peers that were thrown away because they are no packets. */
  get refused(): number {
    return this.#refused
  }

  [Symbol.iterator](): IterableIterator<C> {
    return this.#all.values()
  }

  /** A builder of batches that every port here carries. */
  builder(): BatchBuilder {
    const [port] = this.#ports
    if (port === undefined) throw new LinkError('a link without an endpoint carries nothing')
    return port.builder()
  }

  /** Resolves to the endpoints really bound; rejects with the `LinkError` of the bind that failed. */
  async bound(): Promise<readonly string[]> {
    const lists = await Promise.all(this.#ports.map((port) => port.bound()))
    return lists.flat()
  }

  /** Sees to it that what has to be said again is said again. */
  watch(): void {
    if (this.#timer === undefined && !this.#closed) this.#timer = this.#site.clock.after(tickMs, this.#tick)
  }

  async close(lingerMs: number): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    this.#all.clear()
    await Promise.all(this.#ports.map((port) => port.close(lingerMs)))
  }

  #open(side: Side, bind: readonly string[], connect: readonly string[]): Port<Packet> {
    const { ports, trusted, limits, clock } = this.#site
    const port: Port<Packet> = ports.open<Packet>({
      shape: 'duplex',
      wire: backpressureWire(),
      bind,
      connect,
      trusted,
      limits,
      clock,
      events: {
        up: (peer) => this.#up(port, peer, side),
        packet: (peer, packet) => this.#packet(peer, packet),
        down: (peer) => this.#down(peer),
        writable: () => {},
        suspect: () => this.#suspect(),
        refused: (peer, error) => this.#refuse(peer, error),
        failed: (error) => this.#events.failed(error),
      },
    })
    return port
  }

  #up(port: Port<Packet>, peer: Peer, side: Side): void {
    if (this.#closed) return
    const { clock, limits } = this.#site
    if (side === 'bound' && this.#all.size >= limits.maxPeers) {
      this.#refused++
      this.#site.refusals?.count(new LinkError('too many peers', { reason: 'peers' }))
      port.send(peer, bye('limit', `${limits.maxPeers} peers are served here, and no more`))
      port.drop(peer)
      return
    }
    const connection = this.#events.create(peer, side, (packet) => port.send(peer, packet))
    this.#all.set(peer, connection)
    for (const packet of connection.session.open(clock.now())) connection.say(packet)
    this.watch()
  }

  #packet(peer: Peer, packet: Packet): void {
    const connection = this.#all.get(peer)
    if (connection === undefined || this.#closed) return
    this.#events.packet(connection, packet, this.#site.clock.now())
    this.watch()
  }

  #down(peer: Peer): void {
    const connection = this.#all.get(peer)
    if (connection === undefined) return
    this.#all.delete(peer)
    this.#events.lost(connection)
  }

  #suspect(): void {
    const now = this.#site.clock.now()
    for (const connection of this.#all.values()) this.#events.probe(connection, now)
  }

  #refuse(peer: Peer | undefined, error: SluiceError): void {
    this.#refused++
    const connection = peer === undefined ? undefined : this.#all.get(peer)
    if (connection === undefined || this.#closed) return
    this.#events.broken(connection, error, this.#site.clock.now())
    this.watch()
  }

  readonly #tick = (): void => {
    this.#timer = undefined
    const now = this.#site.clock.now()
    let waiting = false
    for (const connection of this.#all.values()) {
      for (const packet of connection.session.tick(now)) connection.say(packet)
      waiting ||= connection.session.deadline() < Infinity
    }
    if (waiting) this.watch()
  }
}
