/** What octets are refused, rule by rule, at the borders. */
import { describe, expect, test } from 'vitest'
import { argsOf, decode, decodeHeaders, decodeSequence, decodeStrict, encode } from '@sluice/core'
import { scan } from '../../packages/core/src/codec/scan.ts'
import { expectRefusal, octets } from '../support/octets.ts'

/** The decoder and the scan agree on what they refuse, and say the same of it. */
function expectBothRefuse(hex: string, rule: string, words: RegExp): void {
  expectRefusal(() => decodeSequence(octets(hex)), rule, words)
  expectRefusal(() => scan(octets(hex)), rule, words)
}

describe('ENV-1 a payload is one or more complete values', () => {
  test('ENV-1 an empty frame is refused', () => {
    expectBothRefuse('', 'ENV-1', /nothing where a value belongs, at octet 0/)
  })

  test('ENV-1 values stand back to back', () => {
    expect(decodeSequence(octets('01 a161 9102 c0'))).toEqual([1, 'a', [2], null])
    expect(scan(octets('01 a161 9102 c0'))).toBe(4)
  })

  test('ENV-1 arguments are exactly one', () => {
    expect(decodeStrict(octets('9102'))).toEqual([2])
    expectRefusal(() => decodeStrict(octets('01 02')), 'ENV-1', /more than the one value .* at octet 1/)
    expectRefusal(() => decode(octets('01 02')), 'ENV-1', /at octet 1/)
  })
})

describe('ENV-2 arrays and maps lie 64 deep at most', () => {
  test('ENV-2 64 are read and 65 refused', () => {
    expect(scan(octets(`${'91'.repeat(64)}c0`))).toBe(1)
    expectBothRefuse(`${'91'.repeat(65)}c0`, 'ENV-2', /deeper than 64, at octet 64/)
    expectBothRefuse(`${'81a161'.repeat(65)}c0`, 'ENV-2', /deeper than 64, at octet 192/)
  })

  test('ENV-2 the bound of a scan can be another', () => {
    expect(() => scan(octets('9190'), { limits: { depth: 2 } })).not.toThrow()
    expectRefusal(() => scan(octets('9190'), { limits: { depth: 1 } }), 'ENV-2', /deeper than 1, at octet 1/)
  })
})

describe('ENV-3 a value has 65 536 elements at most', () => {
  test('ENV-3 they are counted over all levels, and anew for each value', () => {
    const value = (inner: number): string =>
      `92 dc8000 ${'c0'.repeat(0x8000)} dc${inner.toString(16)} ${'c0'.repeat(inner)}`
    expect(decodeSequence(octets(value(0x7ffe).repeat(2)))).toHaveLength(2)
    expectBothRefuse(value(0x7fff), 'ENV-3', /more than 65536 elements in a value, at octet 32772/)
  })

  test('ENV-3 an entry of a map is one', () => {
    expect(() => scan(octets('82a16101a16202'), { limits: { elements: 2 } })).not.toThrow()
    expectRefusal(() => scan(octets('82a16101a16202'), { limits: { elements: 1 } }), 'ENV-3', /at octet 0/)
  })
})

describe('ENV-4 map keys are strings of 256 octets at most, and never __proto__', () => {
  test.each(['01', 'c0', 'c3', 'c40161', '90', '80', 'cb3ff0000000000000', 'd6ff00000001', 'ff'])(
    'ENV-4 the key %s is refused',
    (key) => expectBothRefuse(`9181${key}01`, 'ENV-4', /not a string, at octet 2/),
  )

  test('ENV-4 256 octets are read and 257 refused', () => {
    expect(scan(octets(`81da0100${'6b'.repeat(256)}c0`))).toBe(1)
    expectBothRefuse(`81da0101${'6b'.repeat(257)}c0`, 'ENV-4', /of 257 octets, more than 256, at octet 1/)
  })

  test('ENV-4 the bound of a scan can be another', () => {
    const limits = { keyBytes: 2 }
    expect(scan(octets('81a26161c0'), { limits })).toBe(1)
    expectRefusal(() => scan(octets('81a3616161c0'), { limits }), 'ENV-4', /of 3 octets, more than 2/)
  })

  test.each(['a9', 'd909', 'da0009', 'db00000009'])(
    'ENV-4 __proto__ is refused behind the header %s',
    (header) => {
      expectBothRefuse(`81${header}5f5f70726f746f5f5fc0`, 'ENV-4', /the map key __proto__, at octet 1/)
    },
  )

  test('ENV-4 names alike are read', () => {
    expect(decode(octets('81a95f5f70726f746f5f6001'))).toEqual({ '__proto_`': 1 })
  })
})

describe('ENV-5 text is UTF-8', () => {
  test('ENV-5 the octet that is wrong is named, in short text, in long, and in keys', () => {
    expectBothRefuse('a3 61ff61', 'ENV-5', /not UTF-8, at octet 2/)
    expectBothRefuse(`d964${'61'.repeat(90)}e28261${'61'.repeat(7)}`, 'ENV-5', /at octet 92/)
    expectBothRefuse(`da0200${'61'.repeat(511)}80`, 'ENV-5', /at octet 514/)
    expectBothRefuse('81a1ffc0', 'ENV-5', /at octet 2/)
  })
})

describe('ENV-6 the one extension is the timestamp', () => {
  test.each(['d40000', 'd57201 02', 'c70142 00', 'd4fe00', 'c80001 05 00', 'c90000000105 00'])(
    'ENV-6 %s is refused',
    (hex) => expectBothRefuse(hex, 'ENV-6', /extension type -?\d+; only −1 is allowed/),
  )

  test.each(['d4ff00', 'd5ff0000', 'c700ff', 'c705ff0000000000', `d8ff${'00'.repeat(16)}`])(
    'ENV-6 a timestamp of another length, %s, is refused',
    (hex) => expectBothRefuse(hex, 'ENV-6', /a timestamp of \d+ octets/),
  )

  test('ENV-6 nanoseconds are fewer than a second, and the date is one', () => {
    expectBothRefuse('d7ff ee6b2800 00000001', 'ENV-6', /out of range/)
    expectBothRefuse('c70cff 3b9aca00 0000000000000000', 'ENV-6', /out of range/)
    expectBothRefuse('c70cff 00000000 7fffffffffffffff', 'ENV-6', /out of range/)
    expect(decode(octets('c70cff 3b9ac9ff 0000000000000000'))).toEqual(new Date(999))
  })
})

describe('ENV-7 every octet belongs to a value', () => {
  test('ENV-7 0xc1 is refused', () => {
    expectBothRefuse('91c1', 'ENV-7', /0xc1, which begins no value, at octet 1/)
  })

  test('ENV-7 a frame that ends inside a value is refused', () => {
    expectBothRefuse('92a1', 'ENV-7', /ends at octet 2, inside a value/)
    expectBothRefuse('01 cd01', 'ENV-7', /ends at octet 3/)
    expectBothRefuse('c9ffffffff', 'ENV-7', /ends at octet 5/)
  })

  test('ENV-7 a count that the frame cannot hold is refused before it costs anything', () => {
    expectBothRefuse('ddffffffff', 'ENV-7', /ends/)
    expectBothRefuse('df0000ffff a16101', 'ENV-7', /ends/)
  })
})

describe('ENV-10 arguments and headers have no key twice', () => {
  test('ENV-10 also in other octets, and deep inside', () => {
    expectRefusal(() => decodeStrict(octets('82a16101d9016102')), 'ENV-10', /already, at octet 4/)
    expectRefusal(() => argsOf(octets('91 82a16101a16102')), 'ENV-10', /already, at octet 5/)
    expectRefusal(() => decodeHeaders(octets('82a16101a16102'), 1), 'ENV-10', /already/)
  })

  test('ENV-10 among many keys too', () => {
    const entries = Array.from({ length: 40 }, (_, i) => [`key ${i}`, i] as const)
    const unique = encode(Object.fromEntries(entries))
    expect(decodeStrict(unique)).toEqual(Object.fromEntries(entries))
    const last = Buffer.from(unique).lastIndexOf('key 39')
    const twice = Buffer.from(unique)
    twice.write('key 17', last)
    expectRefusal(() => decodeStrict(twice), 'ENV-10', /already/)
    expect(decode(twice)).toMatchObject({ 'key 17': 39 })
  })

  test('ENV-10 in payloads only where a scan is asked to', () => {
    expect(decodeSequence(octets('82a16101a16102'))).toEqual([{ a: 2 }])
    const strict = { duplicateKeys: 'refuse' } as const
    expectRefusal(() => decodeSequence(octets('82a16101a16102'), strict), 'ENV-10', /already/)
    expectRefusal(() => scan(octets('82a16101a16102'), strict), 'ENV-10', /already/)
  })
})

describe('ENV-11 what a process of this run did not send is checked before it is handed on', () => {
  test('ENV-11 that text is UTF-8, and where asked that keys are unique, is left out for trusted octets only', () => {
    expectRefusal(() => decodeSequence(octets('a1ff')), 'ENV-5', /UTF-8/)
    expectRefusal(() => decodeSequence(octets('a1ff'), { trusted: false }), 'ENV-5', /UTF-8/)
    expect(decodeSequence(octets('a1ff'), { trusted: true })).toEqual(['\ufffd'])
    const strict = { duplicateKeys: 'refuse', trusted: true } as const
    expect(decode(octets('82a16101a16102'), strict)).toEqual({ a: 2 })
  })

  test('ENV-11 trusted octets cannot break a process either', () => {
    const trusted = { trusted: true }
    expectRefusal(() => decode(octets(`${'91'.repeat(9_000)}c0`), trusted), 'ENV-2', /deeper/)
    expectRefusal(() => decode(octets('81a95f5f70726f746f5f5fc0'), trusted), 'ENV-4', /__proto__/)
    expectRefusal(() => decode(octets('ddffffffff'), trusted), 'ENV-7', /ends/)
  })
})

describe('ENV-12 a frame has 65 536 values and 4 194 304 elements at most', () => {
  test('ENV-12 one more value is refused', () => {
    expect(scan(new Uint8Array(65_536))).toBe(65_536)
    const more = new Uint8Array(65_537)
    expectRefusal(() => scan(more), 'ENV-12', /more than 65536 values in a frame, at octet 65536/)
    expectRefusal(() => decodeSequence(more), 'ENV-12', /more than 65536 values in a frame, at octet 65536/)
  })

  test('ENV-12 one more element is refused', () => {
    const value = Buffer.concat([Buffer.from('dcffff', 'hex'), Buffer.alloc(65_535)])
    const frame = Buffer.concat([
      ...Array.from({ length: 64 }, () => value),
      Buffer.from('dc0041', 'hex'),
      Buffer.alloc(65),
    ])
    const one = frame.length - 68
    const words = /more than 4194304 elements in a frame, at octet/
    expect(scan(frame.subarray(0, one))).toBe(64)
    expectRefusal(() => scan(frame), 'ENV-12', words)
    expectRefusal(() => decodeSequence(frame), 'ENV-12', words)
  })
})
