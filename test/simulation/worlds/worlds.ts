/** Every world of the simulation, by seed. */
import { check } from '@sluice/testing'
import type { SimulationEvent, Violation } from '@sluice/testing'
import { playLink } from './link-world.ts'
import { planLink } from './plan.ts'
import type { LinkPlan } from './plan.ts'

/** Plays a plan, and says what happened and what was wrong with it. */
export async function play(
  plan: LinkPlan,
): Promise<{ readonly events: readonly SimulationEvent[]; readonly violations: readonly Violation[] }> {
  const { events } = await playLink(plan)
  return { events, violations: check(events) }
}

/** What the checkers find in the world of a seed; undefined where the seed is of another kind. */
export async function violationsOf(
  seed: number,
  world: LinkPlan['pattern'],
): Promise<readonly Violation[] | undefined> {
  const plan = planLink(seed)
  if (plan.pattern !== world) return undefined
  const { violations } = await play(plan)
  return violations
}
