/** Packets of a connection that is gone, which come on the next one: late, once more, and out of order. */
import type { Connection, End, Surroundings } from './connection.ts'
import type { Parcel } from './pipe.ts'

/** Most packets of before that come on one connection, each way. */
const most = 3
/** How long after its beginning they may come, in milliseconds. */
const withinMs = 200

/** What begins or ends a session is said for one connection, and is never late: no network puts it on another. */
const neverLate = new Set(['hello', 'welcome', 'bye', 'announcement', 'fin', 'end', 'ended'])

/** Remembers the last connection between two sockets. */
export class LatePackets {
  readonly #network: Surroundings
  readonly #share: number
  readonly #last = new Map<string, Connection>()

  constructor(network: Surroundings, share: number) {
    this.#network = network
    this.#share = share
  }

  /** Lets packets of the connection before come on this one. */
  follow(connection: Connection): void {
    const { guest, host } = connection
    const way = `${guest.socket.machine.name} ${guest.soughtAs}`
    const before = this.#last.get(way)
    this.#last.set(way, connection)
    if (before === undefined || !this.#network.chance.often(this.#share)) return
    // What a socket had for whoever is bound there may reach another that is bound there now; an answer is addressed.
    if (before.guest.socket !== guest.socket) return
    this.#repeat(before.guest, guest)
    if (before.host.socket === host.socket) this.#repeat(before.host, host)
  }

  #repeat(before: End, end: End): void {
    const { chance, pipeEnvironment } = this.#network
    const past = before.out.past.filter(({ figures }) => !neverLate.has(figures.type))
    if (past.length === 0) return
    for (let count = chance.between(1, most); count > 0; count--) {
      const parcel = chance.pick(past)
      pipeEnvironment.timeline.after(chance.next() * withinMs, () => this.#arrive(end, parcel))
    }
  }

  #arrive(end: End, { frames, figures }: Parcel): void {
    const { other } = end
    if (!end.open || frames === undefined) return
    other.socket.machine.whenAwake(() => {
      if (!other.open || !other.told) return
      this.#network.tell(end, 'late', figures)
      other.socket.deliver(other, frames)
    })
  }
}
