/** The programs of the benchmark work; how fast anything is, no test asks. */
import { describe, expect, test } from 'vitest'
import { cases } from '../../bench/cases.ts'
import { measure } from '../../bench/harness/measure.ts'
import type { Job } from '../../bench/harness/measure.ts'

const job: Job = { transport: 'tcp', shape: 'object-75', messages: 500, inFlight: 8, pace: 0 }

describe('the benchmark', () => {
  test.each(['raw-zeromq', 'sluice-backpressure'])('measures %s in two processes', async (subject) => {
    const measured = await measure(subject, job)
    expect(measured.subject).toBe(subject)
    expect(measured.perSecond).toBeGreaterThan(0)
    expect(measured.peakMb).toHaveLength(2)
  })

  test('ends with an error that names the side when the bound is reached', async () => {
    await expect(measure('raw-zeromq', job, { boundMs: 1 })).rejects.toThrow(
      'raw-zeromq (receive) said nothing in time',
    )
  })

  test('has every subject that its cases name', async () => {
    const subjects = new Set(cases.flatMap(({ rows }) => rows.map((row) => row.subject)))
    for (const subject of subjects) {
      const made = (await import(`../../bench/subjects/${subject}.ts`)) as object
      expect(Object.keys(made)).toContain('subject')
    }
  })
})
