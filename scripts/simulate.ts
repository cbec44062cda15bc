/**
 * `npm run simulate -- --seeds 100000`: plays worlds of the simulation, seed by seed, and stops at the first that breaks a promise.
 * It says which seed and which promise, and looks for the fewest faults and messages with which it still does.
 * `--from 5000` begins there; `--seed 17` plays one, and prints all that happens.
 */
import { parseArgs } from 'node:util'
import { formatEvent, shrink } from '@sluice/testing'
import { play, planOf } from '../test/simulation/worlds/worlds.ts'
import type { Plan } from '../test/simulation/worlds/worlds.ts'

/** Between two lines that say how far it has come, in milliseconds. */
const tellEveryMs = 5_000

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      seeds: { type: 'string', default: '2000' },
      from: { type: 'string', default: '0' },
      seed: { type: 'string' },
    },
  })
  if (values.seed !== undefined) return show(planOf(Number(values.seed)))
  const first = Number(values.from)
  const started = performance.now()
  let told = started
  let events = 0
  for (let seed = first; seed < first + Number(values.seeds); seed++) {
    const plan = planOf(seed)
    const played = await play(plan)
    events += played.events.length
    if (played.violations.length > 0) return tell(plan)
    if (performance.now() - told < tellEveryMs) continue
    told = performance.now()
    console.log(`${seed + 1 - first} seeds`)
  }
  const seconds = (performance.now() - started) / 1_000
  console.log(`${values.seeds} seeds, ${events} events, no promise broken, ${seconds.toFixed(1)} s`)
  return 0
}

/** Plays one world and prints it. */
async function show(plan: Plan): Promise<number> {
  const { events, violations } = await play(plan)
  console.log(plan)
  for (const event of events) console.log(formatEvent(event))
  for (const { checker, at, text } of violations) console.log(`${checker} at ${at.toFixed(3)}: ${text}`)
  return violations.length === 0 ? 0 : 1
}

/** Says what is wrong with a world, and with the smallest that is still wrong. */
async function tell(plan: Plan): Promise<number> {
  console.log(`seed ${plan.seed} breaks a promise:`)
  await complain(plan)
  const small = await shrunk(plan)
  console.log('and so does this, which nothing can be taken from:')
  await complain(small)
  console.log(small)
  return 1
}

async function complain(plan: Plan): Promise<void> {
  const { violations } = await play(plan)
  for (const { checker, at, text } of violations) console.log(`  ${checker} at ${at.toFixed(3)}: ${text}`)
}

/** Takes faults, pauses, messages and machines away, as long as the world is still wrong. */
async function shrunk(plan: Plan): Promise<Plan> {
  let small = plan
  const fails = async (other: Plan): Promise<boolean> => (await play(other)).violations.length > 0
  const faults = await shrink(small.faults, async (some) => fails({ ...small, faults: some }))
  small = { ...small, faults }
  if (small.kind === 'link') {
    const link = small
    small = { ...link, pauses: await shrink(link.pauses, async (some) => fails({ ...link, pauses: some })) }
  }
  for (const smaller of smallerOnes(small)) {
    for (let next = smaller(small); next !== undefined && (await fails(next)); next = smaller(small))
      small = next
  }
  return small
}

/** Ways to make a world smaller by one step; undefined where there is none. */
function smallerOnes(plan: Plan): ((plan: Plan) => Plan | undefined)[] {
  const fewer = (field: string, least: number) => (now: Plan) => {
    const value = Number(Reflect.get(now, field))
    return value > least ? ({ ...now, [field]: value - 1 } as Plan) : undefined
  }
  const none = (field: string) => (now: Plan) =>
    Number(Reflect.get(now, field)) > 0 ? ({ ...now, [field]: 0 } as Plan) : undefined
  const shares = ['lateShare', 'lossShare', 'failShare'].filter((field) => field in plan)
  return [
    fewer('messages', 1),
    ...(plan.kind === 'link' ? [fewer('receivers', 1), fewer('senders', 1)] : []),
    ...shares.map(none),
    fewer('messages', 1),
  ]
}

process.exitCode = await main(process.argv.slice(2))
