/**
 * Why a value cannot travel. The encoder only notices that it cannot; what is here then looks for the
 * first part, in the order of encoding, that the interop profile has no form for, and names its path.
 */
import { isDate, isMap, isUint8Array } from 'node:util/types'
import { EncodeError } from '../errors.ts'
import { FORBIDDEN_KEY, profileLimits } from './profile.ts'

const MAX_U64 = 0xffff_ffff_ffff_ffffn
const MIN_I64 = -0x8000_0000_0000_0000n

/** What was found, thrown from the depth of the walk to its top. */
class Found extends Error {
  readonly path: string

  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.path = path
  }
}

/** The walk's state: the containers around the part it looks at, and how many elements it has seen. */
interface Walk {
  readonly around: { readonly container: object; readonly path: string }[]
  elements: number
}

/** Whether the memory of these bytes was given to another thread, so that nothing is left of them. */
export function isTransferred(bytes: Uint8Array): boolean {
  return bytes.length === 0 && bytes.buffer instanceof ArrayBuffer && bytes.buffer.detached
}

/** The `EncodeError` for a value that the encoder could not write; `cause` is what stopped the encoder. */
export function refusal(value: unknown, cause: unknown): EncodeError {
  try {
    look(value, '$', { around: [], elements: 0 })
  } catch (found) {
    if (found instanceof Found) {
      const options = 'cause' in found ? { cause: found.cause } : {}
      return new EncodeError(found.path, `cannot encode ${found.path}: ${found.message}`, options)
    }
    return new EncodeError('$', 'cannot encode the value: it resists being read', { cause: found })
  }
  // A getter that gave something else the second time, or an object that changed while it was read.
  return new EncodeError('$', 'cannot encode the value: it changes while it is read', { cause })
}

function look(value: unknown, path: string, walk: Walk): void {
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed())
        throw new Found(path, 'the string has a lone surrogate, which UTF-8 cannot carry')
      return
    case 'bigint':
      if (value > MAX_U64 || value < MIN_I64) throw new Found(path, 'the bigint does not fit into 64 bits')
      return
    case 'function':
    case 'symbol':
      throw new Found(path, `a ${typeof value} has no form on the wire`)
    case 'object':
      if (value !== null) lookInto(value, path, walk)
      return
    default:
  }
}

function lookInto(object: object, path: string, walk: Walk): void {
  if (isUint8Array(object)) {
    if (isTransferred(object)) throw new Found(path, 'the memory of these bytes was transferred elsewhere')
    return
  }
  if (isDate(object)) {
    if (Number.isNaN(object.getTime())) throw new Found(path, 'the date is invalid')
    return
  }
  const known = walk.around.find((outer) => outer.container === object)
  if (known)
    throw new Found(path, `the object refers back to ${known.path}, and a cycle has no form on the wire`)
  const limit = profileLimits.depth
  if (walk.around.length >= limit) throw new Found(path, `nested deeper than ${limit} arrays and objects`)
  walk.around.push({ container: object, path })
  if (Array.isArray(object)) lookIntoArray(object, path, walk)
  else if (isMap(object)) lookIntoMap(object, path, walk)
  else lookIntoProperties(object, path, walk)
  walk.around.pop()
}

function lookIntoArray(array: readonly unknown[], path: string, walk: Walk): void {
  count(array.length, path, walk)
  for (let i = 0; i < array.length; i++) look(read(array, i, `${path}[${i}]`), `${path}[${i}]`, walk)
}

function lookIntoMap(map: ReadonlyMap<unknown, unknown>, path: string, walk: Walk): void {
  count(map.size, path, walk)
  for (const [key, value] of map) {
    if (typeof key !== 'string') throw new Found(path, `a Map key is not a string but a ${typeof key}`)
    lookAtKey(key, path)
    look(value, step(path, key), walk)
  }
}

function lookIntoProperties(object: object, path: string, walk: Walk): void {
  const tag = Object.prototype.toString.call(object).slice('[object '.length, -1)
  const prototype: unknown = Object.getPrototypeOf(object)
  if (tag !== 'Object' && prototype !== Object.prototype) throw new Found(path, unable(tag))
  const keys = Object.keys(object)
  count(keys.length, path, walk)
  for (const key of keys) {
    lookAtKey(key, path)
    look(read(object, key, step(path, key)), step(path, key), walk)
  }
}

function lookAtKey(key: string, path: string): void {
  const limit = profileLimits.keyBytes
  if (key === FORBIDDEN_KEY) throw new Found(path, `the key ${FORBIDDEN_KEY} may not travel`)
  if (!key.isWellFormed()) throw new Found(path, 'a key has a lone surrogate, which UTF-8 cannot carry')
  const octets = Buffer.byteLength(key)
  if (octets > limit)
    throw new Found(path, `a key of ${octets} octets is longer than ${limit}: ${key.slice(0, 32)}…`)
}

function count(elements: number, path: string, walk: Walk): void {
  walk.elements += elements
  const limit = profileLimits.elements
  if (walk.elements > limit) throw new Found(path, `more than ${limit} elements in one message`)
}

function read(object: object, key: string | number, path: string): unknown {
  try {
    return (object as Record<string | number, unknown>)[key]
  } catch (error) {
    throw new Found(path, 'reading it threw', { cause: error })
  }
}

/** The way from `path` to its property, as it would be written in a program. */
function step(path: string, key: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key)
    ? `${path}.${key}`
    : `${path}[${JSON.stringify(key)}]`
}

function unable(tag: string): string {
  const bytes = tag.endsWith('Array') || tag === 'DataView' || tag.endsWith('Buffer')
  const advice = bytes ? ': send its bytes as a Uint8Array' : ': send what it holds as plain values'
  return `a ${tag} has no form on the wire${advice}`
}
