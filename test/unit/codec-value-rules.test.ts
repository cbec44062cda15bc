/** How values are written and read, rule by rule. */
import { describe, expect, test } from 'vitest'
import { decode, encode, EncodeError, PackedBatchBuilder } from '@sluice/core'
import { hexOf, octets } from '../support/octets.ts'

describe('ENV-8 integers are written in their shortest form, floats as float64', () => {
  test('ENV-8 integers beyond 32 bits are integers', () => {
    expect(hexOf(2 ** 32)).toBe('cf0000000100000000')
    expect(hexOf(-(2 ** 31) - 1)).toBe('d3ffffffff7fffffff')
    expect(hexOf(1732300000000n)).toBe(hexOf(1732300000000))
  })

  test('ENV-8 they arrive as bigint beyond 2^53, in either sign', () => {
    expect(decode(octets('cf0020000000000001'))).toBe(2n ** 53n + 1n)
    expect(decode(octets('d3ffdfffffffffffff'))).toBe(-(2n ** 53n) - 1n)
    expect(decode(octets('d30020000000000001'))).toBe(2n ** 53n + 1n)
    expect(decode(octets('cf001fffffffffffff'))).toBe(Number.MAX_SAFE_INTEGER)
  })

  test('ENV-8 floats, whole ones beyond 2^53 and negative zero are float64', () => {
    expect(hexOf(0.5)).toBe('cb3fe0000000000000')
    expect(hexOf(2 ** 60)).toBe('cb43b0000000000000')
    expect(hexOf(-0)).toBe('cb8000000000000000')
    expect(hexOf(Number.NaN)).toBe('cb7ff8000000000000')
  })
})

describe('ENV-14 a point in time is a timestamp', () => {
  test('ENV-14 it is written in the shortest of the three lengths that hold it', () => {
    expect(hexOf(new Date(0))).toBe('d6ff00000000')
    expect(hexOf(new Date(1))).toBe('d7ff003d090000000000')
    expect(hexOf(new Date(-1))).toBe('c70cff3b8b87c0ffffffffffffffff')
  })

  test('ENV-14 each of them is read, and what is finer than a millisecond is cut off', () => {
    const second = new Date(1000)
    for (const hex of ['d6ff00000001', 'd7ff0000000000000001', 'c70cff000000000000000000000001']) {
      expect(decode(octets(hex))).toEqual(second)
    }
    expect(decode(octets('d7ff 003d08fc 00000001'))).toEqual(second)
    expect(decode(octets('c70cff 3b9ac9ff ffffffffffffffff'))).toEqual(new Date(-1))
  })
})

describe('ENV-15 an absent value is nil', () => {
  test('ENV-15 as a message, as an element, as a property', () => {
    expect(hexOf(undefined)).toBe('c0')
    expect(hexOf([undefined, null])).toBe('92c0c0')
    expect(hexOf({ a: undefined })).toBe('81a161c0')
  })
})

describe('ENV-16 what the profile cannot carry is refused where it is sent', () => {
  test('ENV-16 with the path to it, and nothing is left of it', () => {
    const builder = new PackedBatchBuilder()
    builder.append('good')
    const bad = { orders: [1, 2, 3, { total: 2n ** 64n }] }
    expect(() => builder.append(bad)).toThrow(EncodeError)
    expect(() => builder.append(bad)).toThrow(expect.objectContaining({ path: '$.orders[3].total' }))
    expect(builder.take().values()).toEqual(['good'])
  })
})

describe('ENV-17 floating-point numbers are float64', () => {
  test('ENV-17 float32 is read at its exact value', () => {
    expect(decode(octets('ca3dcccccd'))).toBe(Math.fround(0.1))
    expect(decode(octets('ca7f800000'))).toBe(Number.POSITIVE_INFINITY)
  })

  test('ENV-17 negative zero keeps its sign, and there is one NaN', () => {
    expect(decode(encode(-0))).toBe(-0)
    const other = new Float64Array(new BigUint64Array([0xfff8_0000_0000_0001n]).buffer)[0]
    expect(hexOf(other)).toBe('cb7ff8000000000000')
    for (const hex of ['cbfff8000000000001', 'cb7ff0000000000001', 'ca7fc00000'])
      expect(decode(octets(hex))).toBeNaN()
  })
})
