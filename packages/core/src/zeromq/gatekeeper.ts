/** Who may come in: the one answerer of ZeroMQ's authentication protocol (RFC 27) in this process. */
import type { Reply } from 'zeromq'
import { z85Encode } from '../security/z85.ts'
import { newReply } from './native.ts'

/** Where libzmq asks, for every socket of a context. */
const zapEndpoint = 'inproc://zeromq.zap.01'

/** The answer to one client: `later` lets it try again, `never` tells it that its key is not wanted. */
export type Verdict = 'in' | 'later' | 'never'

/** Decides for one bound socket; `address` is where the client is, as the system says. */
export type Door = (key: string, address: string) => Verdict

const answers: Readonly<Record<Verdict, readonly [status: string, text: string]>> = {
  in: ['200', 'OK'],
  later: ['300', 'later'],
  never: ['400', 'the key is not on the list'],
}

/**
 * Answers for all bound sockets with CURVE, each under a domain of its own; there from the first of them to the last. Libzmq lets
 * everybody in where nobody answers, so a door is opened before its socket listens; and it asks only for a socket that has a domain.
 */
export class Gatekeeper {
  readonly #doors = new Map<string, Door>()
  #socket: Reply | undefined
  #opened = 0

  /** Begins to answer for a socket; returns the domain to give it. */
  open(door: Door): string {
    const domain = `sluice-${++this.#opened}`
    this.#doors.set(domain, door)
    if (this.#socket === undefined) this.#listen()
    return domain
  }

  close(domain: string): void {
    this.#doors.delete(domain)
    if (this.#doors.size > 0 || this.#socket === undefined) return
    // Closing alone would free the name some time later, and the next door may be opened at once.
    this.#socket.disconnect(zapEndpoint)
    this.#socket.close()
    this.#socket = undefined
  }

  #listen(): void {
    const socket = newReply()
    socket.bindSync(zapEndpoint)
    this.#socket = socket
    void this.#answer(socket)
  }

  async #answer(socket: Reply): Promise<void> {
    for (;;) {
      try {
        await socket.send(this.#reply(await socket.receive()))
      } catch {
        if (socket.closed) return
      }
    }
  }

  #reply(request: readonly Buffer[]): (string | Buffer)[] {
    const [version = '1.0', id = '', domain, address, , mechanism, key] = request
    const door = this.#doors.get(String(domain))
    const isKey = String(mechanism) === 'CURVE' && key?.length === 32
    const verdict = door === undefined || !isKey ? 'never' : door(z85Encode(key), String(address))
    return [version, id, ...answers[verdict], '', '']
  }
}

/** One for the process, as the context of its sockets is. */
export const gatekeeper: Gatekeeper = new Gatekeeper()
