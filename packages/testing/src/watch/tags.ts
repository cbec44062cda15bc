/** Names for messages, by which one is known again on the other side of its link. */
import type { Headers } from '@sluice/core'

/** Says which message a value is. */
export type Identify = (value: unknown) => string

/** The header that carries a name; handlers do not see it. */
const header = 'simulation-id'

/** A message with its name. */
export interface Tagged {
  readonly id: string
  readonly headers: Headers | undefined
}

/** Gives names: those of `identify`, or numbers that travel as a header. */
export class Tags {
  readonly #identify: Identify | undefined
  #given = 0

  constructor(identify: Identify | undefined) {
    this.#identify = identify
  }

  /** Names a message that is about to be sent. */
  give(value: unknown, headers: Headers | undefined): Tagged {
    if (this.#identify !== undefined) return { id: this.#identify(value), headers }
    const id = `m${++this.#given}`
    return { id, headers: { ...headers, [header]: id } }
  }

  /** Reads the name of a message that has come, and takes it off. */
  read(value: unknown, headers: Headers | undefined): Tagged {
    if (this.#identify !== undefined) return { id: this.#identify(value), headers }
    const { [header]: id, ...others } = headers ?? {}
    return { id: String(id), headers: Object.keys(others).length === 0 ? undefined : others }
  }
}
