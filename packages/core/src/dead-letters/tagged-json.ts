/**
 * Values as JSON, for people to read and mend. What JSON lacks is tagged by an object of one key: `$bytes` (base64),
 * `$time` (ISO 8601), `$integer` (beyond 2^53), `$number` (NaN, Infinity, -Infinity, -0), and `$map` around a map that looks like a tag.
 */
import { inspect } from 'node:util'

/** Deepest nesting that is written; what lies deeper is kept as text, which ends cycles too. */
const maxDepth = 64

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** Writes a value. What has no form, such as an object of a class, becomes `$text`: it can be read, and not made a value again. */
export function toTagged(value: unknown, depth: number = 0): Json {
  if (value === undefined || value === null) return null
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return isPlain(value) ? value : { $number: nameOf(value) }
  if (typeof value === 'bigint') return { $integer: String(value) }
  if (value instanceof Uint8Array)
    return { $bytes: Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64') }
  if (value instanceof Date && !Number.isNaN(value.getTime())) return { $time: value.toISOString() }
  if (depth < maxDepth && Array.isArray(value)) return value.map((one) => toTagged(one, depth + 1))
  if (depth < maxDepth && isMap(value)) return mapToTagged(value, depth)
  return { $text: inspect(value, { depth: 2 }) }
}

/**
 * Reads a value that `toTagged` wrote.
 * @throws {TypeError} that names the tag, for one that is unknown, or that stands for no value.
 */
export function fromTagged(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(fromTagged)
  if (typeof json !== 'object' || json === null) return json
  const [tag, more] = Object.keys(json)
  if (tag !== undefined && more === undefined && tag.startsWith('$'))
    return untag(tag, (json as Readonly<Record<string, unknown>>)[tag])
  return mapFromTagged(json)
}

function mapToTagged(value: object, depth: number): Json {
  const map = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, toTagged(one, depth + 1)]))
  const [first, second] = Object.keys(map)
  return second === undefined && first?.startsWith('$') === true ? { $map: map } : map
}

function mapFromTagged(json: object): object {
  return Object.fromEntries(Object.entries(json).map(([key, one]) => [key, fromTagged(one)]))
}

function untag(tag: string, content: unknown): unknown {
  if (tag === '$map' && typeof content === 'object' && content !== null) return mapFromTagged(content)
  if (typeof content === 'string') {
    if (tag === '$bytes') return new Uint8Array(Buffer.from(content, 'base64'))
    if (tag === '$time') return new Date(content)
    if (tag === '$integer') return BigInt(content)
    if (tag === '$number') return Number(content)
  }
  throw new TypeError(
    `${tag} stands for no value; allowed: $bytes, $time, $integer or $number with a text, or $map with a map`,
  )
}

function isPlain(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0)
}

function nameOf(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}

function isMap(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
