import { expect, test } from 'vitest'
import { OptionError, pipeline, retryDeadLetters } from '@sluice/core'
import type { StoredDeadLetter } from '@sluice/core'
import { backpressure } from '@sluice/patterns'

function stored(stage: string, json: unknown, headers: object = {}): StoredDeadLetter {
  const at = new Date(0)
  const error = { code: 'Error', message: 'no' }
  return {
    id: 'a',
    json,
    line: 1,
    stage,
    error,
    headers: { ...headers },
    replica: 0,
    attempts: 1,
    firstFailedAt: at,
    failedAt: at,
  }
}

const quiet = { log: (): void => {} }

/** A diamond: what `from` gives goes by two branches, which meet again at `meet`. */
function diamond(seen: unknown[]) {
  const note = (stage: string) => (n: number) => {
    seen.push(`${stage} ${n}`)
    return n + 1
  }
  return pipeline('diamond')
    .source('from', () => [100])
    .stage('first', note('first'))
    .branch({
      left: (b) => b.link(backpressure()).stage('left', note('left')).stage('more', note('more')),
      right: (b) => b.link(backpressure()).stage('right', note('right')),
    })
    .merge()
    .link(backpressure())
    .stage('meet', note('meet'))
    .link(backpressure())
    .sink('to', note('to'))
}

test.each([
  ['first', ['first 1', 'left 2', 'more 3', 'meet 4', 'to 5', 'right 2', 'meet 3', 'to 4']],
  ['left', ['left 1', 'more 2', 'meet 3', 'to 4']],
  ['more', ['more 1', 'meet 2', 'to 3']],
  ['right', ['right 1', 'meet 2', 'to 3']],
  ['meet', ['meet 1', 'to 2']],
  ['to', ['to 1']],
])('a letter of %s enters there, and goes through what is behind it', async (stage, expected) => {
  const seen: unknown[] = []
  const [report] = await retryDeadLetters(diamond(seen), [stored(stage, 1)], quiet)
  expect(seen).toHaveLength(expected.length)
  expect(new Set(seen)).toEqual(new Set(expected))
  expect(report?.ledger).toMatchObject({ delivered: report?.ledger.accepted, failed: 0, undelivered: 0 })
})

test('letters of several stages make a run each', async () => {
  const seen: unknown[] = []
  const reports = await retryDeadLetters(
    diamond(seen),
    [stored('to', 1), stored('meet', 2), stored('to', 3)],
    quiet,
  )
  expect(reports.map(({ ledger }) => ledger.delivered)).toEqual([2, 1])
  expect(seen).toEqual(['to 1', 'to 3', 'meet 2', 'to 3'])
})

test('a letter keeps its headers, its deadline aside', async () => {
  const seen: unknown[] = []
  const whole = pipeline('headed')
    .source('from', () => [0])
    .link(backpressure())
    .sink('to', (n: number, { headers }) => void seen.push([n, headers]))
  await retryDeadLetters(whole, [stored('to', 1, { mine: 7, deadline: new Date(1) })], quiet)
  expect(seen).toEqual([[1, { mine: 7 }]])
})

test.each([
  ['nowhere', 1, /a letter of the stage 'nowhere', which pipeline 'diamond' does not have/],
  ['from', 1, /a letter of the stage 'from'/],
  ['meet', { $text: 'Map(0)' }, /the message of line 1 cannot be made again/],
])('a letter of %s that cannot be tried is refused before anything runs', async (stage, json, message) => {
  const seen: unknown[] = []
  const retried = retryDeadLetters(diamond(seen), [stored('to', 5), stored(stage, json)], quiet)
  await expect(retried).rejects.toThrow(OptionError)
  await expect(retried).rejects.toThrow(message)
  expect(seen).toEqual([])
})
