/** What the fuzzer found: readers that let msgpackr build values rounded otherwise. */
import { decode, decodeSequence } from '@sluice/core'
import { expect, test } from 'vitest'

test.each([
  'c70cff20100000ffffffffffffffff',
  'c8000cff20100000ffffffffffffffff',
  'c90000000cff20100000ffffffffffffffff',
])('a time ahead of 1970 is cut off to milliseconds in args and headers as in payloads: %s', (hex) => {
  const octets = Buffer.from(hex, 'hex')
  const time = new Date(-1_000 + 537)
  expect(decode(octets)).toEqual(time)
  expect(decodeSequence(octets, { duplicateKeys: 'refuse' })).toEqual([time])
})
