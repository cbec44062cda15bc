/** The simulated network: who is bound where, who is connected to whom, and what is in the way. */
import type { Chance } from '../chance.ts'
import type { Untimed } from '../event.ts'
import type { Timeline } from '../timeline.ts'
import { EpochNames } from '../watch/figures.ts'
import type { Figures } from '../watch/figures.ts'
import { Connection } from './connection.ts'
import type { End, EndOwner, Surroundings } from './connection.ts'
import type { Delay, PipeEnvironment } from './pipe.ts'
import { LatePackets } from './late-packets.ts'

/** Longest pause before whoever seeks an endpoint looks again when something has changed, in milliseconds. */
const seekMs = 50

/** A packet that is said once for each connection and never again: it is lost with its connection only. */
const saidOnce = 'announcement'

/** What a network is made with. */
export interface NetworkOptions {
  readonly timeline: Timeline
  readonly chance: Chance
  readonly delay: Delay
  /** In what share of reconnects packets of the connection before come late, or once more. */
  readonly lateShare: number
  /** What share of packets is lost without its connection: TCP loses none, and a protocol that repeats itself survives it all the same. */
  readonly lossShare: number
  readonly log: (event: Untimed) => void
}

/** A socket as the network sees it. */
export interface NetworkSocket extends EndOwner {
  readonly closed: boolean
  fits(other: EndOwner): boolean
  /** What is bound at the endpoint is of another kind. */
  misfit(endpoint: string): void
  /** A connection was made to or from this socket. */
  met(end: End): void
}

/** Somebody who seeks an endpoint. */
interface Seeker {
  readonly socket: NetworkSocket
  readonly endpoint: string
}

/** Joins sockets by the text of their endpoints. */
export class Network implements Surroundings {
  readonly epochs: EpochNames = new EpochNames()
  readonly chance: Chance
  readonly pipeEnvironment: PipeEnvironment
  readonly #options: NetworkOptions
  readonly #late: LatePackets
  readonly #hosts = new Map<string, NetworkSocket>()
  readonly #seekers = new Set<Seeker>()
  readonly #connections = new Set<Connection>()
  /** Ways that are blocked, as `from>to`. */
  readonly #ways = new Set<string>()
  readonly #clogged = new Set<string>()
  #losing = true
  #named = 0
  #connected = 0

  constructor(options: NetworkOptions) {
    const { timeline, chance, delay, lateShare } = options
    this.#options = options
    this.chance = chance
    this.pipeEnvironment = { timeline, chance, delay }
    this.#late = new LatePackets(this, lateShare)
  }

  /** Whether a packet is lost by itself. */
  loses({ type }: Figures): boolean {
    const { lossShare } = this.#options
    return lossShare > 0 && this.#losing && type !== saidOnce && this.chance.often(lossShare)
  }

  /** Whether nothing comes through from one machine to another. */
  isBlocked(from: string, to: string): boolean {
    return this.#clogged.has(from) || this.#clogged.has(to) || this.#ways.has(`${from}>${to}`)
  }

  /** Lets nothing through from one machine to another, or everything again. */
  block(from: string, to: string, blocked: boolean): void {
    if (blocked) this.#ways.add(`${from}>${to}`)
    else this.#ways.delete(`${from}>${to}`)
    this.#options.log({ machine: from, what: blocked ? 'blocked' : 'opened', peer: to })
    this.changed()
  }

  /** Lets nothing through to and from a machine, or everything again. */
  clog(machine: string, clogged: boolean): void {
    if (clogged) this.#clogged.add(machine)
    else this.#clogged.delete(machine)
    this.#options.log({ machine, what: clogged ? 'blocked' : 'opened', peer: '*' })
    this.changed()
  }

  /** Cuts every connection between two machines. */
  cut(from: string, to: string): void {
    this.#options.log({ machine: from, what: 'cut', peer: to })
    for (const connection of this.#connections) {
      const ends = [connection.guest, connection.host].map(({ socket }) => socket.machine.name)
      if (ends.includes(from) && ends.includes(to)) connection.cut()
    }
  }

  /** Takes everything out of the way. */
  heal(): void {
    this.#losing = false
    this.#ways.clear()
    this.#clogged.clear()
    this.changed()
  }

  /** Ways were blocked or opened, machines stopped or went on. */
  changed(): void {
    for (const connection of this.#connections) connection.look()
    this.#wake()
  }

  /** Binds an endpoint; undefined when somebody else has it. */
  bind(socket: NetworkSocket, wanted: string): string | undefined {
    const endpoint = wanted.endsWith('*') ? `${wanted.slice(0, -1)}${20_000 + ++this.#named}` : wanted
    if (this.#hosts.has(endpoint)) return undefined
    this.#hosts.set(endpoint, socket)
    this.#wake()
    return endpoint
  }

  /** Gives back what a socket has bound and seeks. */
  release(socket: NetworkSocket): void {
    for (const [endpoint, host] of this.#hosts) if (host === socket) this.#hosts.delete(endpoint)
    for (const seeker of this.#seekers) if (seeker.socket === socket) this.#seekers.delete(seeker)
  }

  /** Connects as soon as somebody is bound there and can be reached. */
  seek(socket: NetworkSocket, endpoint: string): void {
    const seeker: Seeker = { socket, endpoint }
    this.#seekers.add(seeker)
    this.#try(seeker)
  }

  forget(connection: Connection): void {
    this.#connections.delete(connection)
  }

  disconnected(end: End): void {
    const { connection, socket, other } = end
    const { name } = other.socket.machine
    this.#options.log({
      machine: socket.machine.name,
      what: 'disconnected',
      connection: connection.name,
      peer: name,
    })
  }

  /** Tells of a packet; `end` is the one that sent it. */
  tell(end: End, what: 'sent' | 'came' | 'lost' | 'late', packet: Figures): void {
    const [at, peer] = what === 'sent' || what === 'lost' ? [end, end.other] : [end.other, end]
    this.#options.log({
      machine: at.socket.machine.name,
      what,
      connection: end.connection.name,
      peer: peer.socket.machine.name,
      packet,
    })
  }

  /** Something is different: whoever seeks looks again. */
  #wake(): void {
    for (const seeker of this.#seekers) this.#try(seeker)
  }

  #try(seeker: Seeker): void {
    if (!this.#reachable(seeker)) return
    const { timeline } = this.pipeEnvironment
    timeline.after(this.chance.next() * seekMs, () => {
      if (!this.#seekers.has(seeker) || !this.#reachable(seeker)) return
      this.#seekers.delete(seeker)
      this.#connect(seeker)
    })
  }

  #reachable({ socket, endpoint }: Seeker): boolean {
    const host = this.#hosts.get(endpoint)
    if (host === undefined || socket.closed || socket.machine.state === 'killed') return false
    const [from, to] = [socket.machine, host.machine]
    return (
      from.beats && to.beats && !this.isBlocked(from.name, to.name) && !this.isBlocked(to.name, from.name)
    )
  }

  #connect({ socket, endpoint }: Seeker): void {
    const host = this.#hosts.get(endpoint)
    if (host === undefined) return
    if (!socket.fits(host)) return socket.misfit(endpoint)
    const connection = new Connection(`c${++this.#connected}`, this, socket, host, endpoint)
    this.#connections.add(connection)
    this.#options.log({
      machine: socket.machine.name,
      what: 'connected',
      connection: connection.name,
      peer: host.machine.name,
    })
    host.met(connection.host)
    socket.met(connection.guest)
    if (socket.shape === 'duplex') this.#late.follow(connection)
  }
}
