/** The worlds of the simulation, seed by seed: every promise holds in each, and each can be had again. */
import { formatEvent } from '@sluice/testing'
import { describe, expect, it } from 'vitest'
import { play, planOf } from './worlds/worlds.ts'

const seeds = 2_000
/** One test for so many seeds: what fails says which. */
const perTest = 250

describe('every promise holds on a network that loses, delays, cuts and stands still', () => {
  it.each(Array.from({ length: seeds / perTest }, (_, at) => at * perTest))(
    'in the seeds from %i on',
    async (first) => {
      const broken: string[] = []
      for (let seed = first; seed < first + perTest; seed++) {
        const { violations } = await play(planOf(seed))
        for (const { checker, text } of violations) broken.push(`seed ${seed}: ${checker}: ${text}`)
      }
      expect(broken).toEqual([])
    },
  )
})

describe('a seed', () => {
  it.each([3, 7, 40, 301, 9, 19])('%i gives the same trace each time', async (seed) => {
    const traces = [await play(planOf(seed)), await play(planOf(seed))]
    const [first, second] = traces.map(({ events }) => events.map((event) => formatEvent(event)))
    expect(first).toEqual(second)
    expect(first?.length).toBeGreaterThan(20)
  })

  it('gives another trace than its neighbour', async () => {
    const traces = [await play(planOf(1)), await play(planOf(2))]
    const [first, second] = traces.map(({ events }) => events.map((event) => formatEvent(event)))
    expect(first).not.toEqual(second)
  })
})
