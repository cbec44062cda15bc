/** A reader that remembers what the maps before looked like, against one that has seen nothing. */
import { deepStrictEqual } from 'node:assert/strict'
import { Encoder, PayloadReader } from '@sluice/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Decoder } from '../../packages/core/src/codec/decoder.ts'

/** Few keys, some of them the beginning of others, short and long, plain and not, so that many maps share a beginning. */
const key = fc.constantFrom(
  'a',
  'ab',
  'abc',
  'abcd',
  'abcde',
  'abcdefgh',
  'abcdefghijkl',
  'é',
  '7',
  'a-b',
  '',
)

const map = fc.letrec<{ map: object; value: unknown }>((tie) => ({
  map: fc.dictionary(key, tie('value'), { maxKeys: 6, noNullPrototype: true }),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.integer(),
    fc.double(),
    fc.string({ maxLength: 10 }),
    fc.uint8Array({ maxLength: 80 }),
    tie('map'),
  ),
})).map

/** What is read of octets, with the order of keys, or why it is refused. */
function read(look: () => unknown): string {
  try {
    return JSON.stringify(look(), (_, value: unknown) => (Object.is(value, -0) ? '-0' : value))
  } catch (error) {
    return String(error)
  }
}

const plainly = (frame: Uint8Array, trusted: boolean) => () => [...new Decoder(trusted).values(frame.slice())]

test.each([false, true])('reads each frame as if it were the first (trusted: %s)', (trusted) => {
  const payloads = new PayloadReader(trusted)
  const encoder = new Encoder()
  const frames = fc.array(fc.array(map, { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(frames, (all) => {
      for (const messages of all) {
        for (const message of messages) encoder.append(message)
        const frame = encoder.take()
        deepStrictEqual(payloads.read(frame).values(), messages)
        expect(read(() => payloads.read(frame).values())).toBe(read(plainly(frame, trusted)))
      }
    }),
    { numRuns: 300 },
  )
})

test('refuses damaged frames in the same words', () => {
  const payloads = new PayloadReader(false)
  const encoder = new Encoder()
  const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(fc.array(map, { minLength: 1, maxLength: 20 }), flips, (messages, damage) => {
      for (const message of messages) encoder.append(message)
      const frame = Uint8Array.from(encoder.take())
      payloads.read(frame)
      for (const [at, bits] of damage) frame[at % frame.length]! ^= bits
      expect(read(() => payloads.read(frame).values())).toBe(read(plainly(frame, false)))
    }),
    { numRuns: 5_000 },
  )
})
