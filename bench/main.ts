/**
 * `npm run bench`: ours, raw zeromq.js, the codec's limit and Node's sockets, one after the other in rounds.
 *
 *   --only <case>      that case only (may be repeated); --list names them
 *   --rivals           ours beside NATS, Redis, BullMQ, rsocket-js, HTTP, Moleculer, gRPC, pyzmq and libzmq in C
 *   --all              the cases that are left out otherwise, too
 *   --rounds <n>       default 7; fewer are run when --minutes (default 5) are over
 *   --scale <share>    that share of the messages
 *   --compare <file>   rate, processor time and allocation beside those of an earlier run
 *   --out <file>       where the JSON lines go; default bench/results/<date>.jsonl
 *   --chart <file>     draws the rates as SVG
 *   --profile <dir>    writes a processor profile of each side
 *
 * A subject that fails or stalls costs that one measurement: the rest goes on, and the run ends with 1 and its name.
 */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { cases } from './cases.ts'
import type { Case } from './cases.ts'
import { roundsOfAll } from './harness/rounds.ts'
import type { Plan } from './harness/rounds.ts'
import { chartOf } from './report/chart.ts'
import { figuresOf } from './report/figures.ts'
import { failuresIn, headNow, load, bySubject, roundsOf, save } from './report/results.ts'
import type { Line, Results } from './report/results.ts'
import { tableOf } from './report/table.ts'

const { values: given } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    all: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    rivals: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '7' },
    minutes: { type: 'string', default: '5' },
    scale: { type: 'string', default: '1' },
    compare: { type: 'string' },
    out: { type: 'string' },
    chart: { type: 'string' },
    profile: { type: 'string' },
  },
})

function positive(name: 'rounds' | 'minutes' | 'scale'): number {
  const value = Number(given[name])
  if (value > 0) return value
  throw new Error(`--${name} was given ${given[name]}; allowed: a number above 0`)
}

function chosen(from: readonly Case[], only: readonly string[] | undefined, all: boolean): readonly Case[] {
  if (only === undefined) return from.filter(({ extra }) => all || !extra)
  return only.map((wanted) => {
    const found = from.find(({ name }) => name === wanted)
    if (found === undefined)
      throw new Error(`no case ${wanted}; there are ${from.map(({ name }) => name).join(', ')}`)
    return found
  })
}

/** What could not be measured is named, and fails the run; all the rest stands. */
function report(failures: readonly string[]): void {
  if (failures.length === 0) return
  console.error(`\nnot measured:\n${failures.join('\n')}`)
  process.exitCode = 1
}

/** The usual cases, or those with the rivals, which have packages of their own to install. */
async function known(): Promise<readonly Case[]> {
  if (!given.rivals) return cases
  const { rivalsHere } = await import('./rivals/setup.ts')
  return rivalsHere((line) => console.error(line))
}

async function main(): Promise<void> {
  const all = await known()
  if (given.list) return console.log(all.map(({ name, title }) => `${name}: ${title}`).join('\n'))
  const before = given.compare === undefined ? undefined : await load(given.compare)
  const plan: Plan = {
    cases: chosen(all, given.only, given.all),
    rounds: positive('rounds'),
    untilMs: positive('minutes') * 60_000,
    scale: positive('scale'),
    profiles: given.profile,
  }
  const lines: Line[] = []
  const results: Results = { head: headNow(), lines }
  const out = given.out ?? `bench/results/${results.head.date.replaceAll(':', '-')}.jsonl`
  console.log(JSON.stringify(results.head))
  await roundsOfAll(
    plan,
    (line) => lines.push(line),
    () => save(out, results),
  )
  for (const one of plan.cases) {
    const figures = figuresOf(one, roundsOf(one, lines))
    console.log(`\n${tableOf(one, figures, before === undefined ? undefined : bySubject(one, before))}`)
  }
  console.log(`\n${out}`)
  report(failuresIn(lines))
  if (given.chart === undefined) return
  const drawn = plan.cases.filter(({ figure }) => figure === 'perSecond')
  await writeFile(given.chart, chartOf(drawn, results))
}

await main()
