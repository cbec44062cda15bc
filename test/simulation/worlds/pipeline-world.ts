/** A whole pipeline under its real runner and supervisor, on simulated machines. */
import { pipeline } from '@sluice/core'
import type { Pattern, RunReport } from '@sluice/core'
import { backpressure, fireAndForget, requestReply } from '@sluice/patterns'
import { Chance, Simulation, StuckError } from '@sluice/testing'
import type { Violation } from '@sluice/testing'
import type { PipelinePlan } from './pipeline-plan.ts'

/** Virtual time in which everything has to be over, in milliseconds. */
const mostMs = 600_000

/** What was played, and what the pipeline itself must have kept and did not. */
export interface PlayedPipeline {
  readonly simulation: Simulation
  readonly broken: readonly Violation[]
}

/** Plays a plan to its end. */
export async function playPipeline(plan: PipelinePlan): Promise<PlayedPipeline> {
  const { seed, lateShare, delayMs, messages, faults } = plan
  const simulation = new Simulation({ seed, lateShare, delayMs: [delayMs / 10, delayMs], patienceMs: 0 })
  const chance = new Chance(seed + 1)
  const shelved = new Set<number>()
  const whole = pipelineOf(plan, simulation, chance, shelved)
  const broken: Violation[] = []
  const found = (text: string): void => void broken.push({ checker: 'pipeline', at: simulation.now, text })
  try {
    const report = await simulation.run(whole, {
      faults,
      withinMs: mostMs,
      restarts: { max: 100 },
      connectTimeoutMs: 1_000,
    })
    judge(report, plan, found)
    // What both links in front have seen through was worked on at their end.
    const lost = Array.from({ length: messages }, (_, n) => n).filter((n) => !shelved.has(n))
    const explained = report.stages['dryer']?.failed ?? 0
    if (plan.attempts > 1 || plan.failShare === 0) {
      if (lost.length > explained + failedAsked(report)) found(`${lost.join()} never came to the shelf`)
    }
  } catch (error) {
    if (!(error instanceof StuckError)) throw error
  }
  return { simulation, broken }
}

function pipelineOf(plan: PipelinePlan, simulation: Simulation, chance: Chance, shelved: Set<number>) {
  const { messages, links, replicas, concurrency, attempts, failShare, pauseMs, handlerMs } = plan
  async function* wash(): AsyncGenerator<number> {
    for (let n = 0; n < messages; n++) {
      await simulation.sleep(chance.next() * pauseMs)
      yield n
    }
  }
  const handle = async (n: number): Promise<number> => {
    if (handlerMs > 0) await simulation.sleep(chance.next() * handlerMs)
    if (chance.often(failShare)) throw new Error('broken')
    return n
  }
  return pipeline('dishes', { module: import.meta.url })
    .source('washer', wash)
    .link(patternOf(links[0], plan))
    .stage('dryer', handle, { replicas: replicas[0], concurrency, attempts, on: 'process' })
    .link(patternOf(links[1], plan))
    .stage(
      'shelf',
      async (n: number) => {
        if (plan.shelfMs > 0) await simulation.sleep(chance.next() * plan.shelfMs)
        shelved.add(n)
        return n
      },
      { replicas: replicas[1], on: 'thread' },
    )
    .link(patternOf(links[2], plan))
    .sink('tally', () => {})
}

function patternOf(name: string, { highWaterMark }: PipelinePlan): Pattern {
  if (name === 'request-reply') return requestReply({ timeoutMs: 10_000, retries: 5 })
  return name === 'fire-and-forget' ? fireAndForget() : backpressure({ highWaterMark })
}

/** The books of the run: every accepted message is in a column. */
function judge({ ledger }: RunReport, { messages }: PipelinePlan, found: (text: string) => void): void {
  const { accepted, delivered, dropped, deadLettered, failed, undelivered, inFlight } = ledger
  const sum = delivered + dropped + deadLettered + failed + undelivered + inFlight
  if (sum !== accepted) found(`accepted ${accepted}, and ${sum} in all columns`)
  if (accepted !== messages) found(`accepted ${accepted} of ${messages}`)
  if (inFlight + undelivered > 0) found(`${inFlight + undelivered} were left behind`)
}

/** Requests that failed for good: a link of request-reply says so, and the message does not come further. */
function failedAsked(report: RunReport): number {
  return Object.values(report.links).reduce((sum, { sender }) => sum + (sender?.failed ?? 0), 0)
}
