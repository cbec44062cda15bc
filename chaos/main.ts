/**
 * `npm run chaos`: breaks things for real, one fault after the other, and prints a row for each.
 *
 *   --only <text>   faults whose name holds the text (may be repeated); --list names all
 *   --long          the full figures: five minutes of overload, a partition of 30 s
 *   --short         what `npm test` runs
 *
 * A fault that the machine cannot have is skipped with its reason; with CI=true that is a failure. Ends with 1 when
 * a promise did not hold.
 */
import { parseArgs } from 'node:util'
import type { Fault, Size } from './fault.ts'
import { faults } from './faults.ts'

const { values: given } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    long: { type: 'boolean', default: false },
    short: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
})

function chosen(only: readonly string[] | undefined): readonly Fault[] {
  if (only === undefined) return faults
  const found = faults.filter(({ name }) => only.some((text) => name.includes(text)))
  if (found.length === 0) throw new Error(`no fault is named ${only.join(' or ')}; --list names all`)
  return found
}

/** One row; true unless a promise did not hold. */
async function row(fault: Fault, size: Size): Promise<boolean> {
  const lack = fault.lacks?.()
  if (lack !== undefined) {
    console.log(`skipped  ${fault.title}: needs ${lack}`)
    return process.env['CI'] !== 'true'
  }
  const began = performance.now()
  const { figures, broken } = await fault.run(size)
  const seconds = ((performance.now() - began) / 1_000).toFixed(1)
  const cells = Object.entries(figures).map(([name, figure]) => `${name} ${figure}`)
  console.log(`${broken.length === 0 ? 'ok' : 'BROKEN'}  ${fault.title} (${seconds} s): ${cells.join(', ')}`)
  for (const promise of broken) console.log(`    ${promise}`)
  return broken.length === 0
}

function chosenSize(): Size {
  if (given.long) return 'long'
  return given.short ? 'short' : 'whole'
}

async function main(): Promise<void> {
  const some = chosen(given.only)
  if (given.list) return console.log(some.map(({ name, title }) => `${name}: ${title}`).join('\n'))
  let held = 0
  for (const fault of some) if (await row(fault, chosenSize())) held++
  console.log(`${held} of ${some.length} faults: all that was promised held`)
  process.exitCode = held === some.length ? 0 : 1
}

await main()
