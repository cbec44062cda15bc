import { expect, test } from 'vitest'
import { Stopwatch } from '../../packages/core/src/stage/stopwatch.ts'
import { HandClock } from '../support/hand-clock.ts'

function watched(): { clock: HandClock; watch: Stopwatch; reads: () => number } {
  const clock = new HandClock()
  let reads = 0
  const now = (): number => {
    reads++
    return clock.now()
  }
  return {
    clock,
    watch: new Stopwatch({
      now,
      time: now,
      after: (delayMs, run) => clock.after(delayMs, run),
      turn: (run) => clock.turn(run),
    }),
    reads: () => reads,
  }
}

test('every thing is timed while things are long', async () => {
  const { clock, watch } = watched()
  for (let n = 0; n < 100; n++) {
    const begun = watch.begin()
    await clock.pass(2)
    watch.end(begun)
  }
  expect(watch.ms).toBe(200)
})

test('things that overlap are summed, open ones included', async () => {
  const { clock, watch } = watched()
  const first = watch.begin()
  await clock.pass(10)
  const second = watch.begin()
  await clock.pass(5)
  expect(watch.ms).toBe(20)
  watch.end(first)
  await clock.pass(5)
  watch.end(second)
  expect(watch.ms).toBe(25)
})

test('of a long run of short things one in sixteen is timed, and stands for the others', async () => {
  const { clock, watch, reads } = watched()
  for (let n = 0; n < 64 + 160; n++) {
    const begun = watch.begin()
    await clock.pass(0.125)
    watch.end(begun)
  }
  expect(reads()).toBe(2 * (64 + 10))
  expect(watch.ms).toBe((64 + 160) * 0.125)
})

test('a long thing in a run of short ones counts for itself, and those after it are timed again', async () => {
  const { clock, watch } = watched()
  const take = async (ms: number): Promise<void> => {
    const begun = watch.begin()
    await clock.pass(ms)
    watch.end(begun)
  }
  for (let n = 0; n < 64 + 15; n++) await take(0.125)
  await take(1_000)
  await take(500)
  expect(watch.ms).toBe((64 + 15) * 0.125 + 1_500)
})
