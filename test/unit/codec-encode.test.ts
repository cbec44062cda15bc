/** What leaves, what does not, and what is said of it. */
import { deepStrictEqual } from 'node:assert/strict'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { decode, encode, EncodeError, PackedBatchBuilder } from '@sluice/core'

class Dish {
  name = 'salad'
  readonly #washed = true
  get washed(): boolean {
    return this.#washed
  }
  toJSON(): string {
    return 'never called'
  }
}

function cycle(): unknown {
  const outer: { inner: { back?: unknown } } = { inner: {} }
  outer.inner.back = outer
  return outer
}

function deep(levels: number): unknown {
  let value: unknown = null
  for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { a: value }
  return value
}

function transferred(): Uint8Array {
  const bytes = new Uint8Array([1, 2, 3])
  structuredClone(bytes, { transfer: [bytes.buffer] })
  return bytes
}

const ownProto: unknown = JSON.parse('{"a":{"__proto__":1}}')
const surrogate = 'a\ud800b'

describe('what has no form on the wire is refused with the path to it', () => {
  test.each<[name: string, value: unknown, path: string, words: RegExp]>([
    ['a function', () => 1, '$', /a function has no form/],
    ['a function in an array', { dishes: [1, { wash: () => 1 }] }, '$.dishes[1].wash', /a function/],
    ['a symbol', { a: Symbol('s') }, '$.a', /a symbol has no form/],
    ['a cycle', cycle(), '$.inner.back', /refers back to \$, and a cycle/],
    ['depth 65', deep(65), `$${'[0].a'.repeat(32)}`, /nested deeper than 64/],
    ['an invalid date', [new Date(Number.NaN)], '$[0]', /the date is invalid/],
    ['a short lone surrogate', { s: surrogate }, '$.s', /lone surrogate/],
    ['a long lone surrogate', { s: 'x'.repeat(50) + surrogate }, '$.s', /lone surrogate/],
    ['a low surrogate first', '\udc00', '$', /lone surrogate/],
    ['a lone surrogate in a key', { a: { [surrogate]: 1 } }, '$.a', /a key has a lone surrogate/],
    ['a key of 257 octets', { ['k'.repeat(257)]: 1 }, '$', /a key of 257 octets is longer than 256/],
    ['a key of 258 octets in 86 characters', { ['€'.repeat(86)]: 1 }, '$', /a key of 258 octets/],
    ['an own __proto__', ownProto, '$.a', /the key __proto__ may not travel/],
    ['a Map with a number as key', new Map([[1, 2]]), '$', /a Map key is not a string but a number/],
    ['a Map with __proto__', { m: new Map([['__proto__', 2]]) }, '$.m', /__proto__/],
    ['a Set', { tags: new Set([1]) }, '$.tags', /a Set has no form/],
    ['a RegExp', [/x/], '$[0]', /a RegExp/],
    ['an Error', [new TypeError('x')], '$[0]', /an? Error/],
    ['a Promise', { p: Promise.resolve(1) }, '$.p', /a Promise/],
    ['a Float64Array', new Float64Array(2), '$', /a Float64Array .* as a Uint8Array/],
    ['a Uint8ClampedArray', new Uint8ClampedArray(2), '$', /a Uint8ClampedArray/],
    ['a DataView', { 'odd key': new DataView(new ArrayBuffer(2)) }, '$["odd key"]', /a DataView/],
    ['an ArrayBuffer', new ArrayBuffer(2), '$', /an? ArrayBuffer .* as a Uint8Array/],
    ['a boxed number', { n: Object(1) as unknown }, '$.n', /a Number/],
    ['a URL', new URL('http://a'), '$', /a URL/],
    ['a generator', { g: (function* () {})() }, '$.g', /a Generator/],
    ['a WeakRef', new WeakRef({}), '$', /a WeakRef/],
    ['a bigint of 65 bits', { n: 2n ** 64n }, '$.n', /does not fit into 64 bits/],
    ['a bigint below 64 bits', -(2n ** 63n) - 1n, '$', /does not fit into 64 bits/],
    ['65 537 elements', { list: new Array(65_537).fill(0) }, '$.list', /more than 65536 elements/],
    ['transferred bytes', { b: transferred() }, '$.b', /transferred/],
  ])('%s', (_, value, path, words) => {
    expect(() => encode(value)).toThrow(EncodeError)
    expect(() => encode(value)).toThrow(expect.objectContaining({ path, code: 'ERR_SLUICE_ENCODE' }))
    expect(() => encode(value)).toThrow(words)
    expect(() => encode(value)).toThrow(`cannot encode ${path}: `)
  })

  test('a getter that throws, with its error as the cause', () => {
    const cause = new Error('no water')
    const value = {
      get dish(): string {
        throw cause
      },
    }
    expect(() => encode([value])).toThrow(expect.objectContaining({ path: '$[0].dish', cause }))
  })

  test('a Proxy that resists', () => {
    const value = new Proxy(
      {},
      {
        ownKeys() {
          throw new Error('no')
        },
      },
    )
    expect(() => encode(value)).toThrow(EncodeError)
  })

  test('an object that changes while it is read', () => {
    const value: Record<string, unknown> = {
      get a() {
        delete value['b']
        return 1
      },
      b: 2,
    }
    expect(() => encode(value)).toThrow(/changes while it is read/)
  })

  test('a cycle that branches at every level, at once', () => {
    const value: unknown[] = []
    value.push(value, value, value)
    expect(() => encode(value)).toThrow(/refers back to \$/)
  })

  test('a graph without a cycle that has more paths than elements are allowed', () => {
    let value: unknown = 1
    for (let i = 0; i < 40; i++) value = [value, value]
    expect(() => encode(value)).toThrow(/more than 65536 elements/)
  })
})

describe('what leaves', () => {
  const returns = (value: unknown): unknown => decode(encode(value))

  test('undefined as nil, also in the holes of an array', () => {
    expect(returns(undefined)).toBeNull()
    // eslint-disable-next-line no-sparse-arrays -- the hole is what is tested
    expect(returns([undefined, , { a: undefined }])).toEqual([null, null, { a: null }])
  })

  test('the own enumerable properties of an instance; toJSON is not called', () => {
    expect(returns(new Dish())).toEqual({ name: 'salad' })
  })

  test('own properties only, whatever the prototype has', () => {
    const value = Object.assign(Object.create({ inherited: 1 }) as object, { own: 2 })
    expect(returns(value)).toEqual({ own: 2 })
    expect(returns(Object.assign(Object.create(null) as object, { a: 1 }))).toEqual({ a: 1 })
  })

  test('own properties only, even of an Object.prototype that was added to', () => {
    Object.defineProperty(Object.prototype, 'everywhere', {
      value: 1,
      writable: true,
      enumerable: true,
      configurable: true,
    })
    try {
      expect(Buffer.from(encode({ a: 1 })).toString('hex')).toBe('81a16101')
    } finally {
      Reflect.deleteProperty(Object.prototype, 'everywhere')
    }
  })

  test('neither symbol keys nor what is not enumerable', () => {
    const value = Object.defineProperty({ a: 1, [Symbol('s')]: 2 }, 'hidden', { value: 3 })
    expect(returns(value)).toEqual({ a: 1 })
  })

  test('a Map with string keys as a map', () => {
    expect(returns(new Map([['a', new Map([['b', 1]])]]))).toEqual({ a: { b: 1 } })
  })

  test('the parts of an object that occurs twice, twice', () => {
    const part = { a: [1] }
    expect(returns([part, part])).toEqual([part, part])
  })

  test('objects of another realm as their own kind', () => {
    const value: unknown = runInNewContext(
      '({ a: [1, { b: new Date(5) }], m: new Map([["k", 1]]), u: new Uint8Array([1]) })',
    )
    deepStrictEqual(returns(value), { a: [1, { b: new Date(5) }], m: { k: 1 }, u: new Uint8Array([1]) })
  })

  test('a subclass of Array and of Uint8Array as what it extends', () => {
    class List extends Array<number> {}
    class Bytes extends Uint8Array {}
    expect(returns(List.of(1, 2))).toEqual([1, 2])
    expect(returns(Bytes.of(1, 2))).toEqual(new Uint8Array([1, 2]))
    expect(returns(new Uint8Array(new SharedArrayBuffer(2)))).toEqual(new Uint8Array(2))
  })

  test('text whose octets need a larger header than its characters', () => {
    for (const length of [10, 11, 15, 16, 31, 32, 86, 127, 128, 255, 256, 21_846, 65_535, 65_536]) {
      for (const character of ['a', 'é', '€', '😀']) {
        const text = character.repeat(length)
        expect(returns(text) === text).toBe(true)
      }
    }
  })

  test('keys of every length up to 256 octets', () => {
    for (let length = 0; length <= 256; length++) {
      const value = { ['k'.repeat(length)]: length }
      expect(returns(value)).toEqual(value)
    }
  })

  test('as many octets as it has, at every place of a chunk', () => {
    const builder = new PackedBatchBuilder()
    for (let i = 0; i < 3000; i++) builder.append(['x'.repeat(i % 97), i, { ké: -i, b: 1.5 }])
    const values = builder.take().values()
    expect(values).toHaveLength(3000)
    expect(values[2999]).toEqual(['x'.repeat(2999 % 97), 2999, { ké: -2999, b: 1.5 }])
  })
})
