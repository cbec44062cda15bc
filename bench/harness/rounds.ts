/** Every subject once a round, so that what disturbs the machine disturbs them all alike. */
import type { Case, Row } from '../cases.ts'
import type { Line } from '../report/results.ts'
import { measure } from './measure.ts'

export interface Plan {
  readonly cases: readonly Case[]
  readonly rounds: number
  /** When no further round is begun, on the clock of `performance.now()`. */
  readonly untilMs: number
  /** Share of each job's messages. */
  readonly scale: number
  readonly profiles: string | undefined
}

/** Runs the rounds that the time allows. `took` gets each measurement as it comes; `kept` runs after every round. */
export async function roundsOfAll(
  plan: Plan,
  took: (line: Line) => void,
  kept: () => Promise<void>,
): Promise<void> {
  for (let round = 0, longestMs = 0; round < plan.rounds; round++) {
    const from = performance.now()
    if (round > 0 && from + longestMs > plan.untilMs) {
      console.log(`stopped after ${round} rounds of ${plan.rounds}: the time was up`)
      return
    }
    for (const one of plan.cases) for (const row of one.rows) took(await lineOf(plan, one, row, round))
    await kept()
    longestMs = Math.max(longestMs, performance.now() - from)
    process.stderr.write(`round ${round + 1} took ${((performance.now() - from) / 1_000).toFixed(1)} s\n`)
  }
}

/** One measurement, or why there is none. */
async function lineOf(plan: Plan, { name }: Case, { subject, job }: Row, round: number): Promise<Line> {
  const messages = Math.max(1, Math.round(job.messages * plan.scale))
  try {
    const measured = await measure(subject, { ...job, messages }, { profiles: plan.profiles })
    return { case: name, round, measured }
  } catch (error) {
    const failed = error instanceof Error ? error.message : String(error)
    process.stderr.write(`${name}, round ${round + 1}: ${failed}\n`)
    return { case: name, round, subject, failed }
  }
}
