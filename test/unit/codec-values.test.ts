/** Values of the interop profile, octet for octet. */
import { deepStrictEqual } from 'node:assert/strict'
import { describe, expect, test } from 'vitest'
import { decode, decodeSequence, decodeStrict, encode } from '@sluice/core'
import { octetsOf, valueOf, valueVectors } from '../support/vectors.ts'

const { vectors, sequences } = valueVectors()

function hex(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex')
}

describe.each(vectors)('the value $id', (vector) => {
  const octets = octetsOf(vector)
  const value = valueOf(vector.value)

  test('is read', () => {
    deepStrictEqual(decode(octets), value)
    deepStrictEqual(decode(octets, { trusted: true }), value)
    deepStrictEqual(decodeStrict(octets), value)
  })

  test('is written', () => {
    expect(hex(encode(value))).toBe(vector.written ?? hex(octets))
  })

  test('is read between two others', () => {
    const framed = Buffer.concat([Buffer.from('91a161', 'hex'), octets, Buffer.from('07', 'hex')])
    deepStrictEqual(decodeSequence(framed), [['a'], value, 7])
  })
})

test.each(sequences)('the sequence $id is read', (vector) => {
  deepStrictEqual(decodeSequence(octetsOf(vector)), vector.values.map(valueOf))
})

describe('what arrives', () => {
  test('is a bigint beyond 2^53 only', () => {
    expect(decode(encode(2n ** 53n))).toBe(2 ** 53)
    expect(decode(encode(-(2n ** 53n)))).toBe(-(2 ** 53))
    expect(decode(encode(2n ** 53n + 1n))).toBe(2n ** 53n + 1n)
    expect(decode(encode(-(2n ** 53n) - 1n))).toBe(-(2n ** 53n) - 1n)
    expect(decode(encode(7n))).toBe(7)
  })

  test('is a plain Uint8Array, whatever bytes were sent', () => {
    expect(decode(encode(Buffer.from([1, 2])))).toStrictEqual(new Uint8Array([1, 2]))
  })

  test('is a view of the frame where bytes fill most of it, and a copy where they do not', () => {
    const large = encode(new Uint8Array(1000))
    expect((decode(large) as Uint8Array).buffer).toBe(large.buffer)
    const small = encode([new Uint8Array(100), 'x'.repeat(200)])
    expect((decode(small) as [Uint8Array])[0].buffer).not.toBe(small.buffer)
  })

  test('is plain data under names that objects have already', () => {
    const named = JSON.parse(
      '{"constructor":1,"toString":2,"hasOwnProperty":3,"then":4,"valueOf":5}',
    ) as object
    const arrived = decode(encode(named))
    deepStrictEqual(arrived, named)
    expect(Object.getPrototypeOf(arrived)).toBe(Object.prototype)
    expect(Object.keys(arrived)).toEqual(Object.keys(named))
  })

  test('keeps the last of two equal keys in a payload', () => {
    expect(decode(Buffer.from('82a16101a16102', 'hex'))).toEqual({ a: 2 })
  })

  test('is the same however the octets lie in memory', () => {
    const value = { text: 'é'.repeat(100), bytes: new Uint8Array([1, 2, 3]), number: 1.5, large: 2n ** 60n }
    const octets = encode(value)
    const shifted = new Uint8Array(octets.length + 3)
    shifted.set(octets, 3)
    expect(decode(shifted.subarray(3))).toStrictEqual(value)
    expect(decode(Buffer.from(octets))).toStrictEqual(value)
  })

  test('has the right keys when maps of many shapes share a frame', () => {
    const shapes = [
      { a: 1, b: 2 },
      { b: 1, a: 2 },
      { a: { b: 1 }, c: [] },
      {},
      { longer: 1, ab: 2 },
      { ba: 3 },
    ]
    const values = Array.from({ length: 600 }, (_, i) => ({ ...shapes[(i * 7) % shapes.length], i }))
    const octets = Buffer.concat(values.map((value) => encode(value)))
    expect(decodeSequence(octets)).toStrictEqual(values)
  })

  test('has the right keys when there are more of them than are remembered', () => {
    const value = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`key ${i}`, i]))
    const octets = Buffer.concat([encode(value), encode(value), encode({ 'key 1': 0 })])
    expect(decodeSequence(octets)).toStrictEqual([value, value, { 'key 1': 0 }])
  })
})
