/** Octets that mean harm, or only look as if: what each way in makes of them. */
import { deepStrictEqual } from 'node:assert/strict'
import { describe, expect, test } from 'vitest'
import { decode, DecodeError, decodeSequence, decodeStrict, encode, PayloadReader } from '@sluice/core'
import { scan } from '../../packages/core/src/codec/scan.ts'
import { hostileVectors, octetsOf, valueOf } from '../support/vectors.ts'
import type { Verdict } from '../support/vectors.ts'

/** The number of messages, or the rule that refused the octets. */
function outcome(count: () => number): number | string {
  try {
    return count()
  } catch (error) {
    if (error instanceof DecodeError) return error.rule
    throw error
  }
}

function expectVerdict(actual: number | string, verdict: Verdict): void {
  if ('accept' in verdict) expect(actual).toBe(verdict.accept)
  else expect(verdict.refuse).toContain(actual)
}

const vectors = hostileVectors()

describe.each(vectors)('$id, $description', (vector) => {
  const octets = octetsOf(vector)

  test('as a payload', () => {
    expectVerdict(
      outcome(() => scan(octets)),
      vector.payload,
    )
    expectVerdict(
      outcome(() => decodeSequence(octets).length),
      vector.payload,
    )
    expectVerdict(
      outcome(() => new PayloadReader(false).read(octets).count),
      vector.payload,
    )
  })

  test('as arguments', () => {
    expectVerdict(
      outcome(() => [decodeStrict(octets)].length),
      vector.args,
    )
  })

  test('as a payload from a process that is trusted, where it is refused or read, and nothing else', () => {
    expect(outcome(() => decodeSequence(octets, { trusted: true }).length)).toEqual(expect.anything())
  })

  test('leaves every prototype as it was', () => {
    outcome(() => decodeSequence(octets).length)
    expect(Object.keys(Object.prototype)).toEqual([])
    expect((Object.create(null) as { polluted?: unknown }).polluted).toBeUndefined()
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })
})

const arriving = vectors.flatMap((vector) =>
  vector.arrives === undefined ? [] : [{ ...vector, arrives: vector.arrives }],
)

test.each(arriving)('$id, $description, arrives as what it says', (vector) => {
  deepStrictEqual(decode(octetsOf(vector)), valueOf(vector.arrives))
})

test('every prefix of good octets that ends inside a value is refused as cut off', () => {
  const values = [
    { id: 1, tags: ['a', 'é'], at: 1.5, by: 2n ** 63n, on: new Date(1500) },
    -70000,
    'x'.repeat(40),
  ]
  const frames = values.map((value) => encode(value))
  const octets = Buffer.concat(frames)
  const ends = frames.map((_, i) => Buffer.concat(frames.slice(0, i + 1)).length)
  for (let length = 1; length <= octets.length; length++) {
    const complete = ends.indexOf(length) + 1
    const expected = complete > 0 ? complete : 'ENV-7'
    const cut = octets.subarray(0, length)
    expect(outcome(() => decodeSequence(cut).length)).toBe(expected)
    expect(outcome(() => scan(cut))).toBe(expected)
  }
})

test('what cannot be held is refused as what the frame holds, with its cause', () => {
  const frozen = Object.getOwnPropertyDescriptor(Object.prototype, 'toString') as PropertyDescriptor
  Object.defineProperty(Object.prototype, 'toString', { ...frozen, writable: false })
  try {
    const octets = Buffer.from('81a8746f537472696e6701', 'hex')
    expect(() => decode(octets)).toThrow(DecodeError)
  } finally {
    Object.defineProperty(Object.prototype, 'toString', frozen)
  }
})
