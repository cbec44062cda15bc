/** What the check of foreign octets and the integer rule cost for each message, in nanoseconds. */
import { decodeSequence, Encoder } from '@sluice/core'
import { pack } from 'msgpackr'
import { scan } from '../../packages/core/src/codec/scan.ts'
import { shapeOf } from '../shapes.ts'

const messages = 64
const rounds = 20_000

/** Nanoseconds a message, the quickest of seven. */
function nanoseconds(run: () => unknown): number {
  let best = Infinity
  for (let again = 0; again < 7; again++) {
    const started = performance.now()
    for (let round = 0; round < rounds; round++) run()
    best = Math.min(best, performance.now() - started)
  }
  return (best * 1e6) / rounds / messages
}

/** Encodes many messages at once, as a link does. */
function encodes(values: readonly unknown[]): () => Uint8Array {
  const encoder = new Encoder()
  return () => {
    for (const value of values) encoder.append(value)
    return encoder.take()
  }
}

/** Prints nanoseconds a message. */
export function codecFigures(): void {
  const shape = shapeOf('object-75')
  const values = Array.from({ length: messages }, (_, n) => shape.make(n))
  const frame = encodes(values)()
  const say = (what: string, ns: number): void => console.log(`  ${ns.toFixed(0).padStart(5)}  ${what}`)
  console.log('nanoseconds a message of 75 octets, batches of 64:')
  say(
    'the scan alone',
    nanoseconds(() => scan(frame)),
  )
  const checked = nanoseconds(() => decodeSequence(frame))
  const trusted = nanoseconds(() => decodeSequence(frame, { trusted: true }))
  say('decoding with every check', checked)
  say('decoding what is trusted', trusted)
  const at = 1_732_300_000_000
  const whole = nanoseconds(encodes(values.map((_, n) => ({ at: at + n }))))
  const float = nanoseconds(encodes(values.map((_, n) => ({ at: at + n + 0.5 }))))
  say('encoding {at: a millisecond timestamp}, as uint64', whole)
  say('encoding {at: one and a half milliseconds}, as float64', float)
  say(
    'msgpackr, which writes both as float64',
    nanoseconds(() => values.map((_, n) => pack({ at: at + n }))),
  )
}
