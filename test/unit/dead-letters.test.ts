import { mkdtempDisposable, appendFile, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deadLetterFile, FullError, messageOf, OptionError, readDeadLetters, recordOf } from '@sluice/core'
import type { DeadLetter } from '@sluice/core'
import { fromTagged, toTagged } from '../../packages/core/src/dead-letters/tagged-json.ts'

function letter(message: unknown): DeadLetter {
  const at = new Date(1_700_000_000_000)
  const error = Object.assign(new Error('it broke'), { code: 'ERR_MINE' })
  const headers = { traceparent: '00-ab' }
  return {
    id: 'a1',
    message,
    headers,
    error,
    stage: 'dryer',
    replica: 1,
    attempts: 3,
    firstFailedAt: at,
    failedAt: at,
  }
}

function folder(): ReturnType<typeof mkdtempDisposable> {
  return mkdtempDisposable(join(tmpdir(), 'sluice-letters-'))
}

const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.double(),
    fc.string({ unit: 'binary' }),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
    fc.uint8Array(),
    fc.date({ noInvalidDate: true }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('$bytes', '$map', '$')), tie('value'), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  ),
})).value

describe('tagged JSON', () => {
  it('gives back every value that a link carries', () => {
    fc.assert(
      fc.property(value, (given) => {
        expect(fromTagged(JSON.parse(JSON.stringify(toTagged(given))))).toStrictEqual(given)
      }),
      { numRuns: 2_000 },
    )
  })

  it('keeps what only memory carries as text, cycles too', () => {
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    expect(toTagged({ map: new Map([[1, 2]]) })).toEqual({ map: { $text: 'Map(1) { 1 => 2 }' } })
    expect(JSON.stringify(toTagged(cycle))).toContain('$text')
    expect(() => fromTagged({ $text: 'Map(1)' })).toThrow(TypeError)
  })

  it.each([{ $bytes: 5 }, { $map: 'a' }, { $unknown: 'b' }])(
    'refuses a tag that stands for no value: %j',
    (json) => {
      expect(() => fromTagged(json)).toThrow(/stands for no value; allowed: \$bytes/)
    },
  )
})

describe('a file of dead letters', () => {
  it('gives back each letter, with what JSON has no form for', async () => {
    await using place = await folder()
    const file = join(place.path, 'letters.jsonl')
    const sink = deadLetterFile(file)
    const message = { at: new Date(5), bytes: new Uint8Array([1, 2]), big: 2n ** 60n, zero: -0 }
    await sink.take(letter(message))
    await sink.take(letter('second'))
    const { letters, unreadable } = await readDeadLetters(file)
    expect(unreadable).toEqual([])
    expect(letters.map(messageOf)).toStrictEqual([message, 'second'])
    const { message: _, ...record } = recordOf(letter(message))
    expect(letters[0]).toMatchObject({ ...record, line: 1, error: { code: 'ERR_MINE', message: 'it broke' } })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  it('begins a line of its own behind one that was torn, which is told and passed over', async () => {
    await using place = await folder()
    const file = join(place.path, 'letters.jsonl')
    const sink = deadLetterFile(file)
    await sink.take(letter(1))
    await appendFile(file, '{"id":"half')
    await sink.take(letter(2))
    const { letters, unreadable } = await readDeadLetters(file)
    expect(letters.map(messageOf)).toEqual([1, 2])
    expect(unreadable).toEqual([2])
  })

  it('refuses letters beyond its bound, and stays as it was', async () => {
    await using place = await folder()
    const file = join(place.path, 'letters.jsonl')
    await deadLetterFile(file).take(letter(1))
    const before = await readFile(file, 'utf8')
    const full = Promise.resolve(deadLetterFile(file, { maxBytes: before.length + 10 }).take(letter('next')))
    await expect(full).rejects.toThrow(FullError)
    await expect(full).rejects.toMatchObject({ undelivered: 'next' })
    expect(await readFile(file, 'utf8')).toBe(before)
  })

  it.each([
    ['is not there', undefined],
    ['holds something else', 'name,price\ntea,3\n'],
    ['holds JSON of another kind', '{"level":"info"}\n'],
  ])('that %s is refused with its name', async (_, content) => {
    await using place = await folder()
    const file = join(place.path, 'other.jsonl')
    if (content !== undefined) await writeFile(file, content)
    await expect(readDeadLetters(file)).rejects.toThrow(OptionError)
    await expect(readDeadLetters(file)).rejects.toThrow(file)
  })
})
