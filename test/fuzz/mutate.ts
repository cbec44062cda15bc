/** Makes new input out of old, with some knowledge of what it is made of: octets of msgpack in frames, frames in messages. */
import type { Random } from './random.ts'

/** Messages in order, each with its frames. */
export type Input = readonly (readonly Buffer[])[]

/** First octets of every kind of value, lengths at their limits, and octets that mean something in text. */
const telling = Buffer.from(
  '00017f808f9091a0a1bfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0ff205fedf4fe',
  'hex',
)
const words = ['HELLO', 'WELCOME', 'DATA', 'ACK', 'BLOCKED', 'END', 'BYE', 'SL\x01\x00'].map((word) =>
  Buffer.from(word, 'latin1'),
)
const mostOctets = 4_096
const mostMessages = 24

/** Changes an input in one to four ways; `others` are inputs to take parts from. */
export function mutate(input: Input, others: readonly Input[], random: Random): Input {
  let changed = input
  for (let times = 1 + random.below(4); times > 0; times--) changed = change(changed, others, random)
  return changed
}

function change(input: Input, others: readonly Input[], random: Random): Input {
  const at = random.below(Math.max(1, input.length))
  const message = input[at] ?? []
  const kind = random.below(input.length > 1 ? 16 : 12)
  if (kind < 12 || input.length === 0)
    return input.with(input.length === 0 ? 0 : at, changeFrames(message, others, random))
  if (kind === 12) return input.toSpliced(at, 1)
  if (kind === 13) return input.toSpliced(random.below(input.length), 0, message).slice(0, mostMessages)
  if (kind === 14) return input.with(at, input[random.below(input.length)] ?? message)
  return input.toSpliced(at, 0, ...random.pick(others)).slice(0, mostMessages)
}

function changeFrames(
  frames: readonly Buffer[],
  others: readonly Input[],
  random: Random,
): readonly Buffer[] {
  const at = random.below(Math.max(1, frames.length))
  const frame = frames[at] ?? Buffer.alloc(0)
  switch (random.below(16)) {
    case 0:
      return frames.toSpliced(at, 1)
    case 1:
      return frames.length < 6 ? frames.toSpliced(at, 0, frame) : frames
    case 2:
      return frames.toSpliced(at, 1, random.pick(words))
    case 3:
      return frames.toSpliced(at, 1, frameOf(random.pick(others), random))
    default:
      return frames.toSpliced(at, 1, changeOctets(frame, others, random))
  }
}

function frameOf(input: Input, random: Random): Buffer {
  const message = input.length === 0 ? [] : random.pick(input)
  return message.length === 0 ? Buffer.alloc(0) : random.pick(message)
}

function changeOctets(frame: Buffer, others: readonly Input[], random: Random): Buffer {
  const at = random.below(frame.length + 1)
  const spliced = (skip: number, ...parts: readonly Uint8Array[]): Buffer =>
    Buffer.concat([frame.subarray(0, at), ...parts, frame.subarray(at + skip)]).subarray(0, mostOctets)
  switch (random.below(9)) {
    case 0:
      return frame.subarray(0, at)
    case 1:
      return spliced(1, Buffer.of((frame[at] ?? 0) ^ (1 << random.below(8))))
    case 2:
      return spliced(1, Buffer.of(random.below(256)))
    case 3:
      return spliced(1, Buffer.of(random.pick([...telling])))
    case 4:
      return spliced(0, Buffer.of(random.pick([...telling])))
    case 5:
      return spliced(1 + random.below(8))
    case 6:
      return spliced(0, frame.subarray(at, at + 1 + random.below(16)))
    case 7:
      return spliced(random.below(4), value(random, 0))
    default: {
      const other = frameOf(random.pick(others), random)
      const from = random.below(other.length + 1)
      return spliced(random.below(4), other.subarray(from, from + 1 + random.below(32)))
    }
  }
}

/** A value in any of its forms, legal as far as it goes. */
function value(random: Random, depth: number): Buffer {
  const text = (header: number): Buffer =>
    Buffer.concat([Buffer.of(header | 3), Buffer.from(random.pick(['abc', 'key', 'é1', 'v_w']))])
  switch (random.below(depth > 4 ? 7 : 9)) {
    case 0:
      return Buffer.of(random.pick([...telling]), 0, 0, 0, 0, 0, 0, 0, random.below(256))
    case 1:
      return Buffer.of(random.below(128))
    case 2:
      return text(0xa0)
    case 3:
      return Buffer.of(0xc4, 2, 1, 2)
    case 4:
      return Buffer.of(0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0)
    case 5:
      return Buffer.of(0xd7, 0xff, random.below(256), 0x6b, 0x28, random.below(4), 0, 0, 0, 1)
    case 6:
      return Buffer.of(0xcf, 0, 0x20, 0, 0, 0, 0, 0, random.below(2))
    case 7: {
      const count = random.below(4)
      return Buffer.concat([
        Buffer.of(0x90 | count),
        ...Array.from({ length: count }, () => value(random, depth + 1)),
      ])
    }
    default: {
      const count = random.below(3)
      const pairs = Array.from({ length: count }, () => [text(0xa0), value(random, depth + 1)]).flat()
      return Buffer.concat([Buffer.of(0x80 | count), ...pairs])
    }
  }
}
