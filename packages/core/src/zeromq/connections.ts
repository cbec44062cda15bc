/** How many peers stand behind a socket, told from the events of its connections. */

/** The events that matter, by the names that zeromq.js gives them. */
export type ConnectionEvent = 'begin' | 'handshake' | 'failure' | 'disconnect' | 'cut'

/** Translates an event of zeromq.js; undefined for those that change nothing. */
export function connectionEvent(type: string): ConnectionEvent | undefined {
  if (type === 'accept' || type === 'connect') return 'begin'
  // A listener that is left takes its connections along, and no event names them.
  if (type === 'close') return 'cut'
  if (type === 'handshake' || type === 'disconnect') return type
  return type.startsWith('handshake:error') ? 'failure' : undefined
}

/**
 * Counts live connections. Events do not say which connection they are about, and one that fails its
 * handshake is disconnected too: after a `failure`, or, when the peer's socket type does not fit, with
 * none. A `disconnect` is therefore taken to be of a connection that has only begun, when there is one; if
 * that was wrong, more handshakes or failures follow than connections have begun, and the count is set right.
 */
export class Connections {
  #live = 0
  #begun = 0
  #failed = 0

  get live(): number {
    return this.#live
  }

  take(event: ConnectionEvent): void {
    if (event === 'begin') this.#begun++
    else if (event === 'disconnect') this.#end()
    else if (event === 'cut') this.#live = this.#begun = this.#failed = 0
    else {
      if (event === 'handshake') this.#live++
      else this.#failed++
      if (this.#begun > 0) this.#begun--
      else this.#live--
    }
  }

  #end(): void {
    if (this.#failed > 0) this.#failed--
    else if (this.#begun > 0) this.#begun--
    else if (this.#live > 0) this.#live--
  }
}
