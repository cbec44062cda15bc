/** Where MessagePorts reach a thread: by the names of `channel://` endpoints. */
import type { MessagePort } from 'node:worker_threads'

/** Takes the MessagePorts of a name, one by one. */
export type Adopt = (port: MessagePort) => void

/**
 * Hands each MessagePort that is attached to a name to the port that is open on `channel://name`, in any
 * order of attaching and opening. One hub serves one thread; it is given to `new Context({ channels })`.
 */
export class ChannelHub {
  readonly #adopters = new Map<string, Adopt>()
  readonly #waiting = new Map<string, MessagePort[]>()

  /** Makes what is at the other end of a MessagePort a peer; closing the MessagePort takes it down. */
  attach(name: string, port: MessagePort): void {
    const adopt = this.#adopters.get(name)
    if (adopt !== undefined) return adopt(port)
    const waiting = this.#waiting.get(name) ?? []
    waiting.push(port)
    this.#waiting.set(name, waiting)
  }

  /** Closes every MessagePort that nobody has opened a port for. */
  close(): void {
    for (const port of [...this.#waiting.values()].flat()) port.close()
    this.#waiting.clear()
  }

  /** Takes a name for the port that opens it; false when another one has it. Called by ports alone. */
  claim(name: string, adopt: Adopt): boolean {
    if (this.#adopters.has(name)) return false
    this.#adopters.set(name, adopt)
    const waiting = this.#waiting.get(name) ?? []
    this.#waiting.delete(name)
    for (const port of waiting) adopt(port)
    return true
  }

  /** Gives a name back. Called by ports alone. */
  release(name: string): void {
    this.#adopters.delete(name)
  }
}
