/** A connection between two sockets, as both of its ends see it. */
import type { Clock, Frames, Limits, Peer, PortShape, Timer } from '@sluice/core'
import type { Chance } from '../chance.ts'
import type { Figures } from '../watch/figures.ts'
import { Pipe } from './pipe.ts'
import type { PipeEnvironment } from './pipe.ts'

const fin: Figures = { type: 'fin' }

/** The machine at an end. */
export interface Standing {
  readonly name: string
  readonly clock: Clock
  readonly state: 'running' | 'busy' | 'frozen' | 'killed'
  /** Whether its side of a connection answers heartbeats. */
  readonly beats: boolean
  whenAwake(run: () => void): void
}

/** The socket at an end. */
export interface EndOwner {
  readonly machine: Standing
  readonly shape: PortShape
  readonly limits: Limits
  /** Something has come to an end of this socket. */
  arrived(end: End): void
  deliver(end: End, frames: Frames): void
  /** Something that was on its way from an end of this socket is so no longer. */
  freed(end: End): void
  /** The connection of an end is gone. */
  lose(end: End): void
}

/** The network around a connection. */
export interface Surroundings {
  readonly chance: Chance
  readonly pipeEnvironment: PipeEnvironment
  /** Whether nothing comes through from one machine to another. */
  isBlocked(from: string, to: string): boolean
  /** Whether a packet is lost by itself. */
  loses(packet: Figures): boolean
  /** Tells of a packet; `end` is the one that sent it. */
  tell(end: End, what: 'sent' | 'came' | 'lost' | 'late', packet: Figures): void
  forget(connection: Connection): void
}

/** One end: the peer object that its socket's pattern is told of. */
export class End implements Peer {
  readonly label: string
  readonly socket: EndOwner
  readonly connection: Connection
  /** What this end sends. */
  readonly out: Pipe
  /** The endpoint by which it was sought; undefined where it was bound. */
  readonly soughtAs: string | undefined
  /** The pattern knows this peer. */
  told = false
  /** This side takes it for alive. */
  open = true
  /** A send was refused since the other side was full. */
  refused = false
  silence: Timer | undefined

  constructor(socket: EndOwner, connection: Connection, soughtAs: string | undefined, out: Pipe) {
    this.socket = socket
    this.connection = connection
    this.soughtAs = soughtAs
    this.out = out
    this.label = `${connection.name} at ${socket.machine.name}`
  }

  get other(): End {
    const { guest, host } = this.connection
    return guest === this ? host : guest
  }
}

/** Carries packets both ways in order, until it is cut. */
export class Connection {
  readonly name: string
  readonly guest: End
  readonly host: End
  readonly #network: Surroundings

  constructor(name: string, network: Surroundings, guest: EndOwner, host: EndOwner, soughtAs: string) {
    this.name = name
    this.#network = network
    const pipe = (to: () => End): Pipe => new Pipe(network.pipeEnvironment, () => this.#arrived(to()))
    this.guest = new End(
      guest,
      this,
      soughtAs,
      pipe(() => this.host),
    )
    this.host = new End(
      host,
      this,
      undefined,
      pipe(() => this.guest),
    )
  }

  /** Neither side has noticed an end yet, or one has and the other has not. */
  get live(): boolean {
    return this.guest.open || this.host.open
  }

  /** Holds up packets and listens for silence, as the network is now. */
  look(): void {
    for (const end of [this.guest, this.host]) {
      const { other } = end
      other.out.hold(this.#network.isBlocked(other.socket.machine.name, end.socket.machine.name))
      this.#listen(end)
    }
  }

  send(end: End, frames: Frames, figures: Figures): void {
    this.#network.tell(end, 'sent', figures)
    end.out.put(frames, figures)
  }

  /** Breaks in both directions: some of what is on its way still comes. */
  cut(): void {
    for (const end of [this.guest, this.host]) {
      this.#lose(end, this.#network.chance.between(0, end.out.length))
      end.out.put(undefined, fin)
    }
  }

  /** This end is no longer there; what it sent comes, all or a part of it. */
  leave(end: End, kept: number = end.out.length): void {
    if (!end.open) return
    this.#close(end)
    this.#lose(end, kept)
    end.out.put(undefined, fin)
  }

  #lose(end: End, kept: number): void {
    for (const { frames, figures } of end.out.lose(kept)) {
      if (frames !== undefined) this.#network.tell(end, 'lost', figures)
    }
  }

  #close(end: End): void {
    end.open = false
    end.silence?.cancel()
    end.silence = undefined
    if (!this.live) this.#network.forget(this)
  }

  #arrived(end: End): void {
    const { machine } = end.socket
    if (machine.state === 'killed') this.#lose(end.other, 0)
    else machine.whenAwake(() => end.socket.arrived(end))
  }

  /** Takes the first packet that has come to an end; false when it was the last there will ever be. */
  take(end: End): void {
    const parcel = end.other.out.take()
    if (parcel === undefined) return
    const { frames, figures } = parcel
    if (frames === undefined) return this.lost(end)
    if (end.open) end.other.socket.freed(end.other)
    const comes = end.open && !this.#network.loses(figures)
    this.#network.tell(end.other, comes ? 'came' : 'lost', figures)
    if (comes) end.socket.deliver(end, frames)
  }

  /** An end learns that the connection is gone. */
  lost(end: End): void {
    if (!end.open) return
    this.#close(end)
    end.socket.lose(end)
  }

  /** Both sides of a duplex connection expect a heartbeat, and take silence for the end. */
  #listen(end: End): void {
    if (!end.open || end.socket.shape !== 'duplex') return
    const { machine } = end.other.socket
    const silent = !machine.beats || this.#network.isBlocked(machine.name, end.socket.machine.name)
    if (!silent) {
      end.silence?.cancel()
      end.silence = undefined
    } else {
      end.silence ??= this.#network.pipeEnvironment.timeline.after(end.socket.limits.heartbeatTimeoutMs, () =>
        end.socket.machine.whenAwake(() => this.#timedOut(end)),
      )
    }
  }

  #timedOut(end: End): void {
    if (!end.open || end.silence === undefined) return
    this.#lose(end.other, 0)
    this.#lose(end, this.#network.chance.between(0, end.out.length))
    end.out.put(undefined, fin)
    this.lost(end)
  }
}
