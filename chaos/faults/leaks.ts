/** Links are opened and closed, and replicas die and are started again: nothing of them stays. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Fault, Finding, Size, Sizes } from '../fault.ts'
import { curve, growing } from '../harness/flat.ts'
import type { Sample } from '../harness/sample.ts'

interface Amount {
  readonly cycles: number
  readonly restarts: number
}

const sizes: Sizes<Amount> = {
  short: { cycles: 100, restarts: 4 },
  whole: { cycles: 1_000, restarts: 200 },
  long: { cycles: 5_000, restarts: 1_000 },
}

/** Below so many samples there is nothing to compare. */
const fewest = 8

async function samplesOf(program: string, what: string, amount: number): Promise<Sample[]> {
  const child = fork(new URL(`../peers/${program}.ts`, import.meta.url), [what, String(amount)], {
    execArgv: ['--conditions=sluice-source'],
  })
  const samples: Sample[] = []
  child.on('message', (one: Sample) => samples.push(one))
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`${program} ${what} ended with ${code}`)
  return samples
}

async function run(program: 'cycle' | 'restart', what: string, size: Size): Promise<Finding> {
  const { cycles, restarts } = sizes[size]
  const amount = program === 'cycle' ? cycles : restarts
  const samples = await samplesOf(program, what, amount)
  const figures = {
    [program === 'cycle' ? 'cycles' : 'restarts']: amount,
    descriptors: curve(samples, 'descriptors'),
    sockets: curve(samples, 'sockets'),
    resources: curve(samples, 'resources'),
    heap: curve(samples, 'heapBytes'),
    memory: curve(samples, 'rssBytes'),
  }
  return { figures, broken: samples.length < fewest ? [] : growing(samples) }
}

function faultOf(program: 'cycle' | 'restart', what: string, title: string): Fault {
  return { name: `leaks-${what}`, title, run: (size) => run(program, what, size) }
}

/** Links of each pattern, and replicas of each kind. */
export const leaks: readonly Fault[] = [
  ...['backpressure', 'request-reply', 'fire-and-forget'].map((pattern) =>
    faultOf('cycle', pattern, `leaks of open and close, ${pattern}`),
  ),
  ...['thread', 'process'].map((where) => faultOf('restart', where, `leaks of restarts, ${where}`)),
]
