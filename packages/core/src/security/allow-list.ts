/** Which clients a bound socket lets in: by public key, and changed while it listens. */
import { checkPublicKey } from './curve-keys.ts'

/** What a socket asks of whoever knows the clients that may come in. */
export interface Allowance {
  has(key: string): boolean
  /** Calls `removed` for each key that is taken off, until the function that it gives is called. */
  watch(removed: (key: string) => void): () => void
}

/**
 * A list of public keys that is changed while sockets listen by it, in one process; several sockets may share it.
 *
 * A key that was added is let in at its next attempt, within five seconds for a Sluice peer that was refused before. When a key is
 * taken off, the connections of each socket that has let it in are ended at once: those that may stay come back by themselves.
 *
 * @example
 * import { AllowList, Security } from '@sluice/core'
 *
 * const clients = new AllowList(['Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID'])
 * clients.add('rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7')
 * clients.delete('Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID')
 * if (clients.size !== 1) throw new Error('one key is left')
 */
export class AllowList implements Allowance, Iterable<string> {
  readonly #keys = new Set<string>()
  readonly #watchers = new Set<(key: string, added: boolean) => void>()

  /** @throws {OptionError} for a text that is no public key. */
  constructor(keys: Iterable<string> = []) {
    for (const key of keys) this.#keys.add(checkPublicKey(key, 'security.allow'))
  }

  get size(): number {
    return this.#keys.size
  }

  has(key: string): boolean {
    return this.#keys.has(key)
  }

  /** Lets a key in from now on. @throws {OptionError} for a text that is no public key. */
  add(key: string): this {
    const checked = checkPublicKey(key, 'security.allow')
    if (this.#keys.has(checked)) return this
    this.#keys.add(checked)
    for (const tell of this.#watchers) tell(checked, true)
    return this
  }

  /** Lets a key in no more, and ends its connections; true where it was on the list. */
  delete(key: string): boolean {
    if (!this.#keys.delete(key)) return false
    for (const tell of this.#watchers) tell(key, false)
    return true
  }

  watch(removed: (key: string) => void): () => void {
    return this.follow((key, added) => {
      if (!added) removed(key)
    })
  }

  /** Calls `changed` for each key that is added or taken off, until the function that it gives is called. */
  follow(changed: (key: string, added: boolean) => void): () => void {
    this.#watchers.add(changed)
    return () => void this.#watchers.delete(changed)
  }

  [Symbol.iterator](): Iterator<string> {
    return this.#keys.values()
  }
}
