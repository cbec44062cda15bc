/** Every world of the simulation, by seed. */
import { check } from '@sluice/testing'
import type { SimulationEvent, Violation } from '@sluice/testing'
import { playLink } from './link-world.ts'
import { planPipeline } from './pipeline-plan.ts'
import type { PipelinePlan } from './pipeline-plan.ts'
import { playPipeline } from './pipeline-world.ts'
import { planLink } from './plan.ts'
import type { LinkPlan } from './plan.ts'

/** One world. */
export type Plan = LinkPlan | PipelinePlan

/** What happened in a world, and what was wrong with it. */
export interface Played {
  readonly events: readonly SimulationEvent[]
  readonly violations: readonly Violation[]
}

/** One in so many seeds is a whole pipeline under its supervisor: it costs as much as four links. */
const pipelineEvery = 10

/** Draws the world of a seed. */
export function planOf(seed: number): Plan {
  return seed % pipelineEvery === pipelineEvery - 1 ? planPipeline(seed) : planLink(seed)
}

/** Plays a world to its end. */
export async function play(plan: Plan): Promise<Played> {
  if (plan.kind === 'link') {
    const { events } = await playLink(plan)
    return { events, violations: check(events) }
  }
  const { simulation, broken } = await playPipeline(plan)
  return { events: simulation.events, violations: [...check(simulation.events), ...broken] }
}

/** What the checkers find in the world of a seed; undefined where the seed is of another kind. */
export async function violationsOf(
  seed: number,
  world: LinkPlan['pattern'] | 'pipeline',
): Promise<readonly Violation[] | undefined> {
  const plan = world === 'pipeline' ? planPipeline(seed) : planLink(seed)
  if (plan.kind === 'link' && plan.pattern !== world) return undefined
  const { violations } = await play(plan)
  return violations
}
