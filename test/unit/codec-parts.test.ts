/** Binary data that is a small part of its frame. */
import { decodeSequence, Encoder } from '@sluice/core'
import { describe, expect, test } from 'vitest'

/** So many octets that differ from those of other parts. */
function part(octets: number, of: number): Uint8Array {
  return Uint8Array.from({ length: octets }, (_, at) => (at * 7 + of) & 0xff)
}

function read(parts: readonly Uint8Array[]): { readonly frame: Uint8Array; readonly read: Uint8Array[] } {
  const encoder = new Encoder()
  for (const one of parts) encoder.append(one)
  const frame = encoder.take()
  return { frame, read: decodeSequence(frame) as Uint8Array[] }
}

describe.each([0, 1, 64, 65, 512, 1_024, 1_025, 5_000])('parts of %i octets', (octets) => {
  const parts = Array.from({ length: 60 }, (_, of) => part(octets, of))
  const { frame, read: arrived } = read(parts)

  test('arrive as they left', () => {
    expect(arrived).toEqual(parts)
  })

  test('are plain arrays that keep at most 8 KiB alive, and never the frame', () => {
    for (const one of arrived) {
      expect(Object.getPrototypeOf(one)).toBe(Uint8Array.prototype)
      expect(one.buffer).not.toBe(frame.buffer)
      expect(one.buffer.byteLength).toBeLessThanOrEqual(8_192)
    }
  })
})

test('parts of all sizes in one frame arrive as they left', () => {
  const parts = Array.from({ length: 1_200 }, (_, octets) => part(octets, octets))
  expect(read(parts).read).toEqual(parts)
})

test('a part that shares its memory cannot be transferred away from under the others', () => {
  const [first, second] = read([part(100, 1), part(100, 2), part(100, 3)]).read as [Uint8Array, Uint8Array]
  expect(second.buffer).toBe(first.buffer)
  expect(() => structuredClone(first, { transfer: [first.buffer as ArrayBuffer] })).toThrow(
    /could not be cloned|transfer/i,
  )
  expect(second).toEqual(part(100, 2))
})
