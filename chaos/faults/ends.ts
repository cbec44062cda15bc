/** Every way in which a program ends, with and without messages that are never finished: in time, and without a trace. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Fault, Finding, Size, Sizes } from '../fault.ts'
import { spread } from '../harness/figures.ts'
import { alive, familyOf } from '../harness/left-behind.ts'
import { untilWithin } from '../harness/peer.ts'
import { Place } from '../harness/place.ts'

/** An exit code or the signal that ended it; several where it depends on what came first. */
type Code = readonly (number | NodeJS.Signals)[]

/** How a program is ended, and what it must exit with. */
interface Way {
  readonly name: string
  /** Signals that are sent once it is under way. */
  readonly signals?: readonly NodeJS.Signals[]
  /** The pipeline that runs with nothing pending, and with something. */
  readonly idle?: string
  readonly pending?: string
  readonly code: { readonly idle: Code; readonly pending: Code }
  /** Where it cannot be tried: what dies there is the program itself. */
  readonly notIn?: string
  /** Whether the run has a word to say; a process that is cut off has none. */
  readonly speaks: boolean
}

const ways: readonly Way[] = [
  { name: 'normal', idle: 'finite', signals: ['SIGTERM'], code: { idle: [0], pending: [1] }, speaks: true },
  { name: 'exit', code: { idle: [3], pending: [3] }, speaks: false },
  { name: 'throw', code: { idle: [1], pending: [1] }, speaks: false },
  { name: 'rejection', code: { idle: [1], pending: [1] }, speaks: false },
  { name: 'SIGINT', signals: ['SIGINT'], code: { idle: [0], pending: [1] }, speaks: true },
  {
    name: 'SIGINT twice',
    signals: ['SIGINT', 'SIGINT'],
    // Where nothing is pending the run is over, or the program nearly, when the second one comes.
    code: { idle: [0, 1, 'SIGINT'], pending: [1] },
    speaks: true,
  },
  { name: 'SIGTERM', signals: ['SIGTERM'], code: { idle: [0], pending: [1] }, speaks: true },
  {
    name: 'a replica that dies',
    idle: 'dying-idle',
    pending: 'dying-pending',
    signals: ['SIGTERM'],
    code: { idle: [0], pending: [1] },
    notIn: 'inline',
    speaks: true,
  },
]

interface Amount {
  readonly ways: readonly Way[]
  readonly wheres: readonly string[]
}

const sizes: Sizes<Amount> = {
  short: { ways: ways.filter(({ name }) => name === 'rejection'), wheres: ['process'] },
  whole: { ways, wheres: ['inline', 'thread', 'process'] },
  long: { ways, wheres: ['inline', 'thread', 'process'] },
}

const drainTimeoutMs = 1_000
/** What an end may take beyond its drain deadline, in milliseconds. */
const graceMs = 1_000
/** How often an orphan looks for its run, and a little more. */
const orphanMs = 2_500
const patienceMs = 20_000

/** One end as it was. */
interface End {
  readonly tookMs: number
  readonly broken: readonly string[]
}

const program = fileURLToPath(new URL('../peers/end.ts', import.meta.url))

async function end(way: Way, where: string, state: 'idle' | 'pending'): Promise<End> {
  const called = `${way.name}, ${where}, ${state}`
  using place = new Place()
  const temporary = place.file('tmp')
  mkdirSync(temporary)
  const args = [program, way[state] ?? state, where, way.name, String(drainTimeoutMs)]
  const child = spawn(process.execPath, ['--conditions=sluice-source', ...args], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const ended = once(child, 'exit')
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null
  await untilWithin(patienceMs, () => said.includes('running') || isOver())
  const family = familyOf(child.pid ?? 0)
  const began = performance.now()
  for (const signal of way.signals ?? []) {
    child.kill(signal)
    await sleep(100)
  }
  const over = await untilWithin(patienceMs, isOver)
  const tookMs = performance.now() - began
  if (!over) child.kill('SIGKILL')
  await ended
  const broken: string[] = []
  const code = way.code[state]
  const endedWith = child.exitCode ?? child.signalCode
  if (!over) broken.push(`${called}: had not ended after ${patienceMs} ms`)
  else if (endedWith === null || !code.includes(endedWith))
    broken.push(`${called}: ended with ${endedWith} and not ${code.join(' or ')}`)
  if (tookMs > drainTimeoutMs + graceMs) broken.push(`${called}: ended after ${tookMs.toFixed(0)} ms`)
  if (way.speaks) broken.push(...wrongLedger(said, state).map((wrong) => `${called}: ${wrong}`))
  broken.push(...(await traces(family, temporary)).map((trace) => `${called}: ${trace}`))
  if (process.env['CHAOS_VERBOSE']) process.stdout.write(`${called}: ${tookMs.toFixed(0)} ms\n`)
  return { tookMs, broken }
}

/** A run that ends says how every message that it had accepted has ended. */
function wrongLedger(said: string, state: 'idle' | 'pending'): string[] {
  const line = /^ledger (.*)$/m.exec(said)?.[1]
  if (line === undefined) return ['it said nothing of what was undelivered']
  const ledger = JSON.parse(line) as Record<string, number>
  const { accepted = 0, delivered = 0, undelivered = 0, inFlight = 0 } = ledger
  if (accepted !== delivered + undelivered) return [`its ledger does not add up: ${line}`]
  if (inFlight > 0) return [`${inFlight} have no end in its ledger`]
  if (state === 'pending' && undelivered === 0) return ['it said that nothing was undelivered']
  return []
}

async function traces(family: readonly number[], temporary: string): Promise<string[]> {
  const clean = (): boolean => alive(family).length === 0 && readdirSync(temporary).length === 0
  if (await untilWithin(orphanMs, clean)) return []
  return [
    ...alive(family).map((pid) => `process ${pid} lives on`),
    ...readdirSync(temporary).map((file) => `${file} was left behind`),
  ]
}

async function run(size: Size): Promise<Finding> {
  const broken: string[] = []
  const took: number[] = []
  for (const where of sizes[size].wheres) {
    for (const way of sizes[size].ways.filter(({ notIn }) => notIn !== where)) {
      for (const state of ['idle', 'pending'] as const) {
        const one = await end(way, where, state)
        took.push(one.tookMs)
        broken.push(...one.broken)
      }
    }
  }
  return { figures: { ends: took.length, 'ended after': spread(took, 'ms') }, broken }
}

/** All ends. */
export const ends: Fault = { name: 'ends', title: 'every way to end', run }
