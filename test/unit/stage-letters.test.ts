import { expect, test } from 'vitest'
import { deadLetterBranch, OptionError, pipeline, run } from '@sluice/core'
import type { DeadLetterRecord } from '@sluice/core'
import { backpressure, fireAndForget, requestReply } from '@sluice/patterns'
import { settled } from '../support/hand-clock.ts'
import { HandPattern } from '../support/hand-link.ts'
import { hosted } from '../support/hosted.ts'

const boom = (n: number): never => {
  throw Object.assign(new Error(`boom ${n}`), { code: 'ERR_BOOM' })
}

test('a dead letter goes over its link, and its message has ended when the letter has', async () => {
  const letters = new HandPattern()
  const { input, output, host, clock } = hosted((b) =>
    b.stage('work', (n: number) => (n === 2 ? boom(n) : n), {
      deadLetter: deadLetterBranch((end) => end.link(letters).sink('bin', () => undefined)),
    }),
  )
  const [sender] = letters.senders
  if (sender !== undefined) sender.settles = undefined
  await clock.pass(70)
  input.deliver([1, 2, 3], { headers: [undefined, { id: 'two', mine: 1 }, undefined] })
  await settled()
  expect(output.values).toEqual([1, 3])
  expect(sender?.values).toEqual([
    {
      id: 'two',
      message: 2,
      headers: { id: 'two', mine: 1 },
      error: { code: 'ERR_BOOM', message: 'boom 2' },
      stage: 'work',
      replica: 0,
      attempts: 1,
      firstFailedAt: new Date(70),
      failedAt: new Date(70),
    },
  ])
  expect(sender?.offered[0]?.headers).toEqual({ mine: 1 })
  const ended = (): unknown[] => input.settled.map(({ value, outcome }) => [value, outcome])
  expect(ended()).not.toContainEqual([2, 'deadLettered'])
  sender?.offered[0]?.ticket?.settle('delivered')
  expect(ended()).toContainEqual([2, 'deadLettered'])
  expect(host.stats().stages['work']).toMatchObject({ in: 3, out: 2, deadLettered: 1 })
})

test.each([
  ['fused', undefined],
  ['fire-and-forget', fireAndForget()],
  ['request-reply', requestReply()],
  ['backpressure', backpressure()],
])(
  'a branch for dead letters, %s: each letter arrives and the ledger counts its message once',
  async (_, link) => {
    const bin: DeadLetterRecord<number>[] = []
    const kept: number[] = []
    const whole = pipeline('letters')
      .source('from', () => [1, 2, 3, 4])
      .stage('work', (n: number) => (n % 2 === 0 ? boom(n) : n), {
        attempts: 2,
        backoff: { initialMs: 1 },
        deadLetter: deadLetterBranch((letters) =>
          (link === undefined ? letters : letters.link(link)).sink('bin', (letter) => void bin.push(letter)),
        ),
      })
      .sink('to', (n) => void kept.push(n))
    const { ledger, stages } = await run(whole, { log: () => {} })
    expect(kept).toEqual([1, 3])
    expect(bin.map(({ message, attempts }) => [message, attempts])).toEqual([
      [2, 2],
      [4, 2],
    ])
    expect(ledger).toMatchObject({ accepted: 4, delivered: 2, deadLettered: 2, undelivered: 0 })
    expect(stages['bin']).toMatchObject({ in: 2 })
  },
)

test('a sink may have a branch for its dead letters', async () => {
  const bin: unknown[] = []
  const whole = pipeline('sinking')
    .source('from', () => [1, 2])
    .link(backpressure())
    .sink('to', boom, {
      deadLetter: deadLetterBranch((letters) => letters.sink('bin', ({ message }) => void bin.push(message))),
    })
  const { ledger } = await run(whole, { log: () => {} })
  expect(bin).toEqual([1, 2])
  expect(ledger).toMatchObject({ accepted: 2, deadLettered: 2, delivered: 0 })
})

test('the drawing shows where dead letters go', () => {
  const whole = pipeline('drawn')
    .source('from', () => [1])
    .stage('work', boom, { deadLetter: deadLetterBranch((letters) => letters.sink('bin', () => {})) })
    .sink('to', () => {})
  expect(whole.describe()).toContain('dead letters:\n    ── fused ──▶ sink bin')
})

test('a branch for dead letters that does not end in a sink is refused', () => {
  const open = deadLetterBranch(((letters: { stage(name: string, call: () => void): never }) =>
    letters.stage('half', () => {})) as never)
  const build = (): unknown =>
    pipeline('open')
      .source('from', () => [1])
      .stage('work', boom, { deadLetter: open as never })
  expect(build).toThrow(OptionError)
  expect(build).toThrow(/dead letters of 'work' does not end in a sink/)
})
