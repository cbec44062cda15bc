/** Looks for every planted defect with the worlds of the simulation; prints one line of JSON for each. */
import type { Violation } from '@sluice/testing'
import { mutants } from './mutants.ts'
import type { Mutant } from './mutants.ts'
import { plantOnImport } from './plant.ts'

/** What was found of one defect. */
export interface Catch {
  readonly name: string
  /** The first seed in which anything was seen. */
  readonly seed: number | undefined
  /** The checkers that have seen something in one of the seeds. */
  readonly checkers: readonly string[]
  readonly text: string | undefined
}

interface Worlds {
  violationsOf(seed: number, world: Mutant['world']): Promise<readonly Violation[] | undefined>
}

/** Seeds that are tried before a defect counts as unseen. */
const mostSeeds = 400

async function hunt(mutant: Mutant, index: number): Promise<Catch> {
  const worlds = (await import(`../worlds/worlds.ts?mutant=${index}`)) as Worlds
  const checkers = new Set<string>()
  let first: { readonly seed: number; readonly text: string | undefined } | undefined
  for (let seed = 0; seed < mostSeeds; seed++) {
    const violations = await worlds.violationsOf(seed, mutant.world)
    for (const { checker } of violations ?? []) checkers.add(checker)
    if (violations?.[0] !== undefined) first ??= { seed, text: violations[0].text }
    if (mutant.caughtBy.every((checker) => checkers.has(checker))) break
  }
  return { name: mutant.name, seed: first?.seed, checkers: [...checkers], text: first?.text }
}

plantOnImport()
for (const [index, mutant] of mutants.entries()) {
  const found = await hunt(mutant, index)
  process.stdout.write(`${JSON.stringify(found)}\n`)
}
