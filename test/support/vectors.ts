/** The language-neutral vectors of test/vectors, as octets and as values of this language. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** A value as the vectors write it: one key says the type. */
export type Written =
  | { readonly nil: null }
  | { readonly bool: boolean }
  | { readonly int: string }
  | { readonly float: string }
  | { readonly str: string | Repeated<string> }
  | { readonly bin: string | Repeated<string> }
  | { readonly array: readonly Written[] | Repeated<Written> }
  | { readonly map: readonly (readonly [key: string, value: Written])[] }
  | { readonly timestamp: { readonly seconds: string; readonly nanoseconds: number } }

interface Repeated<T> {
  readonly repeat: T
  readonly times: number
}

/** Octets in one of the ways that the vectors write them. */
export interface Octets {
  readonly hex?: string
  readonly parts?: readonly { readonly hex: string; readonly times: number }[]
  readonly generator?: {
    readonly map32: {
      readonly keys: string
      readonly first: number
      readonly count: number
      readonly value: string
    }
  }
}

export interface ValueVector extends Octets {
  readonly id: string
  readonly value: Written
  /** What is written for the value, where it is not what is read. */
  readonly written?: string
}

export interface SequenceVector extends Octets {
  readonly id: string
  readonly values: readonly Written[]
}

/** How many messages a frame holds, or the rules it may be refused by. */
export type Verdict = { readonly accept: number } | { readonly refuse: readonly string[] }

export interface HostileVector extends Octets {
  readonly id: string
  readonly description: string
  readonly bytes: number
  readonly sha256: string
  readonly payload: Verdict
  readonly args: Verdict
  readonly arrives?: Written
}

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), 'utf8'))
}

/** Values of the interop profile, alone and in sequences. */
export function valueVectors(): { vectors: readonly ValueVector[]; sequences: readonly SequenceVector[] } {
  return read('values.json') as ReturnType<typeof valueVectors>
}

/** Octets that are to be refused, or must not be. */
export function hostileVectors(): readonly HostileVector[] {
  return (read('hostile.json') as { cases: readonly HostileVector[] }).cases
}

/** The octets of a vector; those of a hostile one are compared with its checksum. */
export function octetsOf(vector: Octets & { readonly sha256?: string }): Uint8Array {
  const octets = built(vector)
  const { sha256 } = vector
  if (sha256 !== undefined && createHash('sha256').update(octets).digest('hex') !== sha256) {
    throw new Error('the vector was not built as it says')
  }
  return new Uint8Array(octets)
}

function built({ hex, parts, generator }: Octets): Buffer {
  if (hex !== undefined) return Buffer.from(hex, 'hex')
  if (parts !== undefined)
    return Buffer.from(parts.map((part) => part.hex.repeat(part.times)).join(''), 'hex')
  if (generator === undefined) throw new Error('a vector without octets')
  const { keys, first, count, value } = generator.map32
  const entries: Buffer[] = [Buffer.from([0xdf, count >>> 24, count >>> 16, count >>> 8, count])]
  for (let n = first; n < first + count; n++) {
    const key = keys === 'decimal' ? String(n) : n.toString(36).padStart(5, '_')
    entries.push(Buffer.from([0xa0 | key.length]), Buffer.from(key), Buffer.from(value, 'hex'))
  }
  return Buffer.concat(entries)
}

/** The value as it arrives in JavaScript. */
export function valueOf(written: Written): unknown {
  if ('nil' in written) return null
  if ('bool' in written) return written.bool
  if ('float' in written) return Number(written.float)
  if ('int' in written) {
    const exact = BigInt(written.int)
    return exact >= -(2n ** 53n) && exact <= 2n ** 53n ? Number(exact) : exact
  }
  if ('str' in written) return textOf(written.str)
  if ('bin' in written) return new Uint8Array(Buffer.from(textOf(written.bin), 'hex'))
  if ('array' in written) {
    const { array } = written
    return 'repeat' in array
      ? Array.from({ length: array.times }, () => valueOf(array.repeat))
      : array.map(valueOf)
  }
  if ('map' in written) return Object.fromEntries(written.map.map(([key, value]) => [key, valueOf(value)]))
  const { seconds, nanoseconds } = written.timestamp
  return new Date(Number(seconds) * 1000 + Math.floor(nanoseconds / 1_000_000))
}

function textOf(text: string | Repeated<string>): string {
  return typeof text === 'string' ? text : text.repeat.repeat(text.times)
}
