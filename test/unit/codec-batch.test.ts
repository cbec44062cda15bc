/** Batches as octets: cut without copying, and never written to again. */
import { describe, expect, test } from 'vitest'
import {
  DecodeError,
  decodeSequence,
  encode,
  EncodeError,
  PackedBatchBuilder,
  payloadOf,
  PayloadReader,
  StateError,
  ValueBatch,
} from '@sluice/core'
import type { PackedBatch } from '@sluice/core'
import { SpareChunks } from '../../packages/core/src/codec/spare-chunks.ts'

function built(values: readonly unknown[]): PackedBatchBuilder {
  const builder = new PackedBatchBuilder()
  for (const value of values) builder.append(value)
  return builder
}

const dishes = ['salad', { dish: 'bread', n: 2 }, null, [1, 2, 3], 2 ** 40]

describe('a builder', () => {
  test('counts messages and octets, and is empty after a take', () => {
    const builder = built(dishes)
    const frame = Buffer.concat(dishes.map((dish) => encode(dish)))
    expect(builder.count).toBe(dishes.length)
    expect(builder.bytes).toBe(frame.length)
    const batch = builder.take()
    expect([builder.count, builder.bytes]).toEqual([0, 0])
    expect(batch.count).toBe(dishes.length)
    expect(batch.bytes).toBe(frame.length)
    expect(Buffer.from(batch.frame).equals(frame)).toBe(true)
    expect(batch.values()).toEqual(dishes)
  })

  test('takes nothing where nothing was appended', () => {
    const batch = new PackedBatchBuilder().take()
    expect([batch.count, batch.bytes, batch.values()]).toEqual([0, 0, []])
  })

  test('encodes at once: the caller may reuse its object', () => {
    const dish = { name: 'salad', bytes: new Uint8Array([1]) }
    const builder = built([dish])
    dish.name = 'bread'
    dish.bytes[0] = 2
    expect(builder.take().values()).toEqual([{ name: 'salad', bytes: new Uint8Array([1]) }])
  })

  test('is as it was when an append fails, also one that had to move what was there', () => {
    const builder = built(['salad'])
    const { bytes } = builder
    for (const bad of [() => 1, { a: 'x'.repeat(100_000), b: Symbol('s') }, ['\ud800']]) {
      expect(() => builder.append(bad)).toThrow(EncodeError)
      expect([builder.count, builder.bytes]).toEqual([1, bytes])
    }
    builder.append('bread')
    expect(builder.take().values()).toEqual(['salad', 'bread'])
  })

  test('refuses what a getter of its own message does to it, and stays usable', () => {
    const builder = built(['salad'])
    const sends = {
      get nested() {
        builder.append('inner')
        return 1
      },
    }
    const takes = {
      get nested() {
        return builder.take()
      },
    }
    for (const value of [sends, takes]) {
      expect(() => builder.append(value)).toThrow(
        expect.objectContaining({ cause: expect.any(StateError) as unknown }),
      )
    }
    expect(builder.take().values()).toEqual(['salad'])
  })

  test('a message of its own size stands in memory of its own', () => {
    const bytes = new Uint8Array(100_000).fill(7)
    const builder = built([1, bytes])
    const first = builder.take()
    builder.append('next')
    const second = builder.take()
    expect(first.values()).toEqual([1, bytes])
    expect(second.values()).toEqual(['next'])
    expect(second.frame.buffer).not.toBe(first.frame.buffer)
    expect(first.frame.buffer.byteLength).toBeLessThan(101_000)
  })
})

describe('what was taken', () => {
  test('is not written to by what is built after it', () => {
    const builder = new PackedBatchBuilder()
    const taken = Array.from({ length: 200 }, (_, round) => {
      for (let i = 0; i <= round % 50; i++) builder.append({ round, i, text: 'x'.repeat(round) })
      const batch = builder.take()
      return { batch, copy: Buffer.from(batch.frame) }
    })
    for (const [round, { batch, copy }] of taken.entries()) {
      expect(copy.equals(batch.frame)).toBe(true)
      const last = { round, i: round % 50, text: 'x'.repeat(round) }
      expect(batch.slice(round % 50, batch.count).values()).toEqual([last])
    }
  })

  test('is cut without copying, and what was cut can be cut again', () => {
    const batch = built(dishes).take()
    for (let from = 0; from <= dishes.length; from++) {
      for (let to = from; to <= dishes.length; to++) {
        const part = batch.slice(from, to)
        expect(part.count).toBe(to - from)
        expect(part.values()).toEqual(dishes.slice(from, to))
        expect(part.frame.buffer).toBe(batch.frame.buffer)
        for (let at = 0; at <= part.count; at++) {
          expect(part.slice(at, part.count).values()).toEqual(dishes.slice(from + at, to))
        }
      }
    }
    expect(batch.slice(0, dishes.length)).toBe(batch)
  })

  test('is cut rightly where the frame begins in the middle of its memory', () => {
    const builder = built(['before'])
    builder.take()
    for (const dish of dishes) builder.append(dish)
    const batch = builder.take()
    expect(batch.frame.byteOffset).toBeGreaterThan(0)
    expect(batch.slice(1, 3).slice(1, 2).values()).toEqual([null])
    expect(decodeSequence(batch.slice(3, 5).frame)).toEqual([[1, 2, 3], 2 ** 40])
  })

  test('is the payload of a wire; values that were never encoded are none', () => {
    const batch = built(dishes).take()
    expect(payloadOf(batch)).toBe(batch.frame)
    expect(() => payloadOf(new ValueBatch(dishes))).toThrow(StateError)
  })
})

describe('what was received', () => {
  const frame = built(dishes).take().frame

  test('is decoded, counted and cut', () => {
    const batch = new PayloadReader(false).read(frame)
    expect([batch.count, batch.bytes]).toEqual([dishes.length, frame.length])
    expect(batch.values()).toEqual(dishes)
    const part = batch.slice(1, 3)
    expect(part.values()).toEqual(dishes.slice(1, 3))
    expect(part.bytes).toBe(Math.round((frame.length * 2) / dishes.length))
    expect(batch.slice(0, batch.count)).toBe(batch)
    expect(batch.slice(2, 2).count).toBe(0)
  })

  test('is refused whole where a part of it is bad', () => {
    expect(() => new PayloadReader(false).read(Buffer.concat([frame, Buffer.from('c1', 'hex')]))).toThrow(
      DecodeError,
    )
  })
})

test('texts that come again in a large frame, and those that differ in an octet, arrive as they were', () => {
  const texts = [
    'ohne Zwiebeln',
    'ohne Zwiebelm',
    'crème brûlée',
    'crème brûlee',
    '寿司',
    '🍰'.repeat(8),
    'пирог',
  ]
  const messages = Array.from({ length: 3_000 }, (_, n) => ({
    title: n % 3 === 0 ? `${texts[n % 7]} ${n}` : texts[n % 7],
    [texts[n % 5] ?? '']: texts[(n + 1) % 7],
  }))
  const octets = built(messages).take().frame
  expect(decodeSequence(octets)).toEqual(messages)
  expect(decodeSequence(octets, { trusted: true })).toEqual(messages)
})

describe('a batch that nobody reads any more', () => {
  const large = (fill: number): Uint8Array => new Uint8Array(100_000).fill(fill)
  const sharing = (): PackedBatchBuilder => new PackedBatchBuilder(Infinity, new SpareChunks())
  const oneOf = (builder: PackedBatchBuilder, value: unknown): PackedBatch => {
    builder.append(value)
    return builder.take()
  }

  test('gives its memory to the next large message', () => {
    const builder = sharing()
    const first = oneOf(builder, large(1))
    first.release()
    const second = oneOf(builder, large(2))
    expect(second.frame.buffer).toBe(first.frame.buffer)
    expect(second.values()).toEqual([large(2)])
  })

  test('gives it once, and not before it was released', () => {
    const builder = sharing()
    const first = oneOf(builder, large(1))
    const second = oneOf(builder, large(2))
    first.release()
    first.release()
    const third = oneOf(builder, large(3))
    const fourth = oneOf(builder, large(4))
    expect(new Set([second, third, fourth].map(({ frame }) => frame.buffer)).size).toBe(3)
    expect(second.values()).toEqual([large(2)])
  })

  test('keeps its memory when it was parted', () => {
    const builder = sharing()
    builder.append('salad')
    const whole = oneOf(builder, large(1))
    const part = whole.slice(1, 2)
    whole.release()
    part.release()
    oneOf(builder, large(2))
    expect(part.values()).toEqual([large(1)])
  })

  test('leaves the memory of small messages alone, and they go on in theirs', () => {
    const builder = sharing()
    const before = oneOf(builder, 'x'.repeat(1_000))
    const between = oneOf(builder, large(1))
    const after = oneOf(builder, 'salad')
    before.release()
    between.release()
    after.release()
    const [last, next] = [oneOf(builder, large(2)), oneOf(builder, 'bread')]
    expect(after.frame.buffer).toBe(before.frame.buffer)
    expect([before, after, last, next].map((batch) => batch.values())).toEqual([
      ['x'.repeat(1_000)],
      ['salad'],
      [large(2)],
      ['bread'],
    ])
  })
})
