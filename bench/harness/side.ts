/** One process of a benchmark: `side.ts <subject> <receive|send|alone>`; speaks with its parent over IPC. */
import type { Findings, Run, Subject, Work } from '../subject.ts'

/** What a side is told, in this order. */
export type ToSide = { readonly prepare: Work } | 'go' | 'end'

/** What a side answers: once it is prepared, and once it has worked. */
export type FromSide = { readonly ready: string } | Ended

export interface Ended extends Findings {
  readonly cpuMs: number
  readonly peakBytes: number
  readonly idleBytes: number
}

const [name, role] = process.argv.slice(2)

// Whatever holds this process alive, it does not outlive the harness.
process.once('disconnect', () => process.exit(1))

function tell(message: FromSide): void {
  process.send?.(message)
}

function told(): Promise<ToSide> {
  return new Promise((resolve) => process.once('message', (message) => resolve(message as ToSide)))
}

async function prepare(subject: Subject, work: Work): Promise<Run> {
  if (role === 'receive' && 'receive' in subject) {
    const { endpoint, run } = await subject.receive(work)
    tell({ ready: endpoint })
    return run
  }
  if (role === 'send' && 'send' in subject) return readyFor(work, await subject.send(work))
  if (role === 'alone' && 'alone' in subject) return readyFor(work, await subject.alone(work))
  throw new Error(`the benchmark's subject ${name} has no side ${role}`)
}

function readyFor(work: Work, run: Run): Run {
  tell({ ready: work.endpoint })
  return run
}

const { subject } = (await import(`../subjects/${name}.ts`)) as { subject: Subject }
const order = await told()
if (typeof order === 'string') throw new Error(`the side was told ${order} before its work`)
const run = await prepare(subject, order.prepare)

await told()
const idleBytes = process.memoryUsage.rss()
const before = process.cpuUsage()
const findings = await run()
const { user, system } = process.cpuUsage(before)
const peakBytes = process.resourceUsage().maxRSS * 1_024
tell({ ...findings, cpuMs: (user + system) / 1_000, peakBytes, idleBytes })
// What libzmq still holds of a subject that does not drain has to leave before the process does.
await told()
process.exit(0)
