/** The codec against itself, against msgpackr, and against noise. */
import { deepStrictEqual } from 'node:assert/strict'
import fc from 'fast-check'
import { Packr, Unpackr } from 'msgpackr'
import { expect, test } from 'vitest'
import { decode, DecodeError, decodeSequence, encode, PackedBatchBuilder } from '@sluice/core'
import { scan } from '../../packages/core/src/codec/scan.ts'

const key = fc
  .oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.constantFrom('id', 'kind', 'constructor', 'then'))
  .filter((text) => text !== '__proto__')

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n })

/** Everything that the profile carries, in the form in which it arrives. */
const profileValue = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double(),
    int64.map((n) => (n >= -(2n ** 53n) && n <= 2n ** 53n ? Number(n) : n)),
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.string({ unit: 'binary-ascii', maxLength: 60 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.date({ noInvalidDate: true }),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(key, tie('value'), { maxKeys: 20, noNullPrototype: true }),
  ),
})).value

test('every value of the profile arrives as it left', () => {
  fc.assert(
    fc.property(profileValue, (value) => {
      const octets = encode(value)
      deepStrictEqual(decode(octets), value)
      deepStrictEqual(decode(octets, { trusted: true }), value)
    }),
    { numRuns: 2_000 },
  )
})

test('what is encoded is accepted by the scan, as as many values as there are, without a key twice', () => {
  fc.assert(
    fc.property(fc.array(profileValue, { minLength: 1, maxLength: 20 }), (values) => {
      const frame = Buffer.concat(values.map((value) => encode(value)))
      expect(scan(frame, { duplicateKeys: 'refuse' })).toBe(values.length)
      deepStrictEqual(decodeSequence(frame), values)
    }),
    { numRuns: 500 },
  )
})

test('the slices of a batch, put together, are the batch', () => {
  const cuts = fc.array(fc.nat({ max: 30 }), { maxLength: 5 })
  fc.assert(
    fc.property(fc.array(profileValue, { minLength: 1, maxLength: 30 }), cuts, (values, at) => {
      const builder = new PackedBatchBuilder()
      for (const value of values) builder.append(value)
      const batch = builder.take()
      const ends = [...new Set([0, ...at.filter((cut) => cut < values.length), values.length])]
      ends.sort((a, b) => a - b)
      const slices = ends.slice(1).map((end, i) => batch.slice(ends[i] ?? 0, end))
      expect(Buffer.concat(slices.map((slice) => slice.frame)).equals(batch.frame)).toBe(true)
      deepStrictEqual(
        slices.flatMap((slice) => slice.values()),
        values,
      )
    }),
    { numRuns: 500 },
  )
})

test('a batch that fails to take a message has the others', () => {
  const bad = fc.constantFrom<unknown>(
    () => 1,
    Symbol('s'),
    new Set(),
    '\ud800',
    [new Date(Number.NaN)],
    2n ** 70n,
  )
  const messages = fc.array(
    fc.oneof(
      { weight: 4, arbitrary: profileValue },
      bad.map((value) => ({ bad: [1, value] })),
    ),
  )
  fc.assert(
    fc.property(messages, (values) => {
      const builder = new PackedBatchBuilder()
      const taken = values.filter((value) => {
        try {
          builder.append(value)
          return true
        } catch {
          return false
        }
      })
      expect(builder.count).toBe(taken.length)
      deepStrictEqual(builder.take().values(), taken)
    }),
    { numRuns: 500 },
  )
})

/** What each way of looking at the octets makes of them: a count or a rule, and never another error. */
function verdicts(octets: Uint8Array): (number | string)[] {
  const looks = [
    () => scan(octets),
    () => decodeSequence(octets).length,
    () => decodeSequence(octets, { trusted: true }).length,
    () => scan(octets, { duplicateKeys: 'refuse' }),
    () => decodeSequence(octets, { duplicateKeys: 'refuse' }).length,
  ]
  return looks.map((look) => {
    try {
      return look()
    } catch (error) {
      if (error instanceof DecodeError) return error.message
      throw error
    }
  })
}

function expectAgreement(octets: Uint8Array): void {
  const [scanned, decoded, , scannedStrictly, decodedStrictly] = verdicts(octets)
  expect(decoded).toBe(scanned)
  expect(decodedStrictly).toBe(scannedStrictly)
}

test('noise is read or refused, by the scan and the decoder in the same words', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => expectAgreement(octets)),
    { numRuns: 5_000 },
  )
})

test('good octets with a few bits turned are read or refused, by both in the same words', () => {
  const turns = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 7 })), { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(fc.array(profileValue, { minLength: 1, maxLength: 5 }), turns, (values, bits) => {
      const octets = Buffer.concat(values.map((value) => encode(value)))
      for (const [at, bit] of bits)
        octets.writeUInt8(octets.readUInt8(at % octets.length) ^ (1 << bit), at % octets.length)
      expectAgreement(octets)
    }),
    { numRuns: 3_000 },
  )
})

const options = {
  useRecords: false,
  variableMapSize: true,
  encodeUndefinedAsNil: true,
  mapsAsObjects: true,
  int64AsType: 'auto',
} as object

/** msgpackr gives bytes as Buffer, and both its sides take a date's time in milliseconds. */
function asOurs(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return new Uint8Array(value)
  if (Array.isArray(value)) return value.map(asOurs)
  if (value === null || typeof value !== 'object' || value instanceof Date) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, asOurs(inner)]))
}

test('msgpackr reads what is written here', () => {
  const unpackr = new Unpackr(options)
  fc.assert(
    fc.property(profileValue, (value) => {
      deepStrictEqual(asOurs(unpackr.unpack(encode(value))), value)
    }),
    { numRuns: 1_000 },
  )
})

test('what msgpackr writes is read here', () => {
  const packr = new Packr(options)
  fc.assert(
    fc.property(profileValue, (value) => {
      const octets = packr.pack(value)
      deepStrictEqual(decode(octets), asOurs(new Unpackr(options).unpack(octets)))
    }),
    { numRuns: 1_000 },
  )
})
