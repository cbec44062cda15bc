import { expect, test } from 'vitest'
import { goldenInputs, keptInputs } from './corpus.ts'
import { mutate } from './mutate.ts'
import { Random } from './random.ts'
import { check } from './targets.ts'

const frames = 5_000

test('every kept input of the fuzzer is read and judged alike by all, and keeps the sessions sound', () => {
  const inputs = keptInputs()
  expect(inputs.length).toBeGreaterThan(100)
  for (const input of inputs) check(input)
})

test('so is every golden input, and what comes of them by a seed', () => {
  const inputs = [...goldenInputs(), ...keptInputs()]
  const random = new Random(1)
  let seen = 0
  for (const input of inputs) seen += check(input)
  while (seen < frames) seen += check(mutate(random.pick(inputs), inputs, random))
})

test('the same seed makes the same inputs', () => {
  const inputs = goldenInputs()
  const made = [new Random(5), new Random(5)].map((random) =>
    Array.from({ length: 50 }, () => mutate(random.pick(inputs), inputs, random)),
  )
  expect(made[0]).toEqual(made[1])
})
