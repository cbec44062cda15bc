/** What a reader of payloads remembers, and what it makes of it. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { encode, Encoder, PayloadReader } from '@sluice/core'
import { describe, expect, test } from 'vitest'
import { Layouts } from '../../packages/core/src/codec/layouts.ts'
import { compileMaker } from '../../packages/core/src/codec/object-maker.ts'

const core = fileURLToPath(new URL('../../packages/core/src/index.ts', import.meta.url))

function frameOf(messages: readonly unknown[]): Uint8Array {
  const encoder = new Encoder()
  for (const message of messages) encoder.append(message)
  return encoder.take()
}

/** A map of `7` and `8` under the keys, which may be the same. */
function pair(first: string, second: string): Buffer {
  return Buffer.concat([Buffer.of(0x82), encode(first), Buffer.of(7), encode(second), Buffer.of(8)])
}

describe('maps that come often', () => {
  test.each([
    { why: 'plain names', message: { id: 1, kind: 'salad', tags: ['a'], more: { deep: null } } },
    { why: 'words of the language', message: { class: 1, function: 2, constructor: 3, get: 4, await: 5 } },
    { why: 'names of methods', message: { toString: 1, hasOwnProperty: 2, then: 3 } },
    { why: 'numbers, which an object has first', message: { '1': 1, '0': 2 } },
    { why: 'what cannot stand in code', message: { 'a}': 1, "');": 2, '': 3, '\u2028': 4, 'a b': 5 } },
    { why: 'more keys than a layout may have', message: Object.fromEntries(Array(200).fill(0).entries()) },
  ])('are read with their keys and values in order: $why', ({ message }) => {
    const payloads = new PayloadReader(false)
    const frame = frameOf(Array(100).fill(message))
    for (let again = 0; again < 20; again++) {
      for (const read of payloads.read(frame).values()) {
        expect(Object.entries(read as object)).toEqual(Object.entries(message))
        expect(Object.getPrototypeOf(read)).toBe(Object.prototype)
      }
    }
  })

  test('with a key twice keep the later value', () => {
    const payloads = new PayloadReader(false)
    const frame = Buffer.concat(Array(1_000).fill(pair('a', 'a')))
    for (let again = 0; again < 2; again++)
      expect(payloads.read(frame).values()).toEqual(Array.from({ length: 1_000 }, () => ({ a: 8 })))
  })

  test('with the forbidden key are refused every time', () => {
    const payloads = new PayloadReader(false)
    const frame = Buffer.concat([pair('a', 'b'), pair('a', '__proto__')])
    for (let again = 0; again < 1_000; again++) expect(() => payloads.read(frame)).toThrow(/ENV-4/)
  })

  test('are read where a process allows no code from strings', async () => {
    const program = `
      import { Encoder, PayloadReader } from ${JSON.stringify(core)}
      const encoder = new Encoder()
      for (let n = 0; n < 2_000; n++) encoder.append({ id: n, kind: 'salad' })
      const values = new PayloadReader(false).read(encoder.take()).values()
      console.log(JSON.stringify(values.at(-1)))`
    const flags = ['--conditions=sluice-source', '--disallow-code-generation-from-strings']
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...flags,
      '--input-type=module',
      '-e',
      program,
    ])
    expect(stdout.trim()).toBe('{"id":1999,"kind":"salad"}')
  })
})

test('keys that are different each time are read, and what comes after them is learned anew', () => {
  const payloads = new PayloadReader(false)
  for (let frame = 0; frame < 80; frame++) {
    const messages = Array.from({ length: 1_000 }, (_, n) => ({ [`key-${frame}-${n}`]: n, same: frame }))
    expect(payloads.read(frameOf(messages)).values()).toEqual(messages)
  }
  const usual = Array.from({ length: 2_000 }, (_, n) => ({ id: n, kind: 'salad' }))
  expect(payloads.read(frameOf(usual)).values()).toEqual(usual)
})

test('no more than sixteen keys are remembered behind one, and 1 024 in all', () => {
  const layouts = new Layouts()
  const learned = Array.from({ length: 20 }, (_, n) =>
    layouts.learn(layouts.begin(1), `k${n}`, encode(`k${n}`)),
  )
  expect(learned.filter((step) => step !== undefined)).toHaveLength(16)
  let steps = 16
  for (let keys = 2; keys <= 128; keys++) {
    let step = layouts.begin(keys)
    for (let n = 0; n < keys; n++) {
      const next = layouts.learn(step, `k${n}`, encode(`k${n}`))
      if (next === undefined) break
      step = next
      steps++
    }
  }
  expect(steps).toBe(1_024)
})

test('only plain names that are all different get code', () => {
  expect(compileMaker(['id', 'kind', '$a', '_b'])?.([0, 1, 2, 3, 4], 1)).toEqual({
    id: 1,
    kind: 2,
    $a: 3,
    _b: 4,
  })
  for (const keys of [['a', 'a'], ['a b'], ['1'], ['a:1}//'], ['é'], ['a\n']]) {
    expect(compileMaker(keys)).toBeUndefined()
  }
})
