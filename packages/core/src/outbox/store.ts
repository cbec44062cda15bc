/** What an outbox keeps its messages in. */
import type { OutboxSync } from './options.ts'

/** A message as it is stored, under its number. */
export interface Stored {
  readonly sequence: number
  /** Its headers and its value, encoded back to back. */
  readonly octets: Uint8Array
}

/** What a store held when it was opened. */
export interface Recovered {
  readonly count: number
  readonly bytes: number
  readonly first: number
  readonly last: number
}

/** A file of messages in the order of their numbers. One that has it open is the only one. */
export interface OutboxStore {
  readonly recovered: Recovered
  /** Puts messages in and takes others out; resolves when those put in are as safe as the sync policy says. */
  commit(put: readonly Stored[], removed: readonly number[]): Promise<void>
  /** The first messages from a number on, at most `most`. */
  read(from: number, most: number): readonly Stored[]
  close(): Promise<void>
}

/** Opens a store. Rejects with an `OutboxError`, and leaves what is not its own as it was. */
export type OpenStore = (path: string, sync: OutboxSync) => Promise<OutboxStore>
