/** A reader of payloads, which keeps what it works with from one frame to the next. */
import { encode, PayloadReader } from '@sluice/core'
import { describe, expect, it } from 'vitest'

/** What small frames hold: texts that come often, texts that begin or end alike, and some of other lengths. */
function message(n: number): unknown {
  const word = ['salad', 'salad\0', 'soup', 'so', '', 'größe', 'dishwasher'][n % 7]!
  return { word, other: `${word}${n % 50}`, list: [n, word, { n, word }], last: 'x'.repeat(n % 40) }
}

describe.each([true, false])('a reader of payloads, trusted: %s', (trusted) => {
  it('reads small frames as they are, however many came before', () => {
    const reader = new PayloadReader(trusted)
    const messages = Array.from({ length: 2_000 }, (_, n) => message(n))
    const read = messages.map((each) => reader.read(encode(each)).values()[0])
    expect(read).toEqual(messages)
  })

  it('reads small and large frames in turn', () => {
    const reader = new PayloadReader(trusted)
    const messages = Array.from({ length: 300 }, (_, n) =>
      n % 3 === 0 ? Array.from({ length: 40 }, (_each, m) => message(n + m)) : message(n),
    )
    const read = messages.map((each) => reader.read(encode(each)).values()[0])
    expect(read).toEqual(messages)
  })

  it('reads a frame after one that was refused within a map', () => {
    const reader = new PayloadReader(trusted)
    const octets = encode(message(3))
    for (let cut = 1; cut < octets.length; cut++) {
      expect(() => reader.read(octets.subarray(0, cut))).toThrow('ends at octet')
      expect(reader.read(octets).values()).toEqual([message(3)])
    }
  })

  it('reads what begins behind the head of its frame', () => {
    const reader = new PayloadReader(trusted)
    const octets = encode(message(1))
    const batch = reader.read(Buffer.concat([Buffer.alloc(14, 0xc1), octets, octets]), 14)
    expect(batch.values()).toEqual([message(1), message(1)])
    expect(batch.bytes).toBe(2 * octets.length)
    expect(() => reader.read(Buffer.alloc(14), 14)).toThrow('nothing where a value belongs')
  })

  it('gives bytes that fill most of a payload as a view, whatever stands ahead of it', () => {
    const reader = new PayloadReader(trusted)
    const head = Buffer.alloc(200)
    const [whole] = reader.read(Buffer.concat([head, encode(new Uint8Array(100))]), 200).values()
    expect((whole as Uint8Array).buffer.byteLength).toBeGreaterThan(100)
  })
})
