/**
 * One process of a benchmark: `side.ts <subject> <receive|send|alone>`; speaks with its parent over IPC. It may be given work
 * several times over: a run before the one that counts gets its code compiled, that of every subject alike.
 */
import { getHeapStatistics } from 'node:v8'
import { moduleOf } from '../subject.ts'
import type { Findings, Run, Subject, Work } from '../subject.ts'

/** What a side is told: the first two in turn, as often as there is work. */
export type ToSide = { readonly prepare: Work } | 'go' | 'end'

/** What a side answers: once it is prepared, and once it has worked. */
export type FromSide = { readonly ready: string } | Ended

export interface Ended extends Findings {
  readonly cpuMs: number
  readonly peakBytes: number
  readonly idleBytes: number
  /** What V8's heap has had to make room for; memory outside of it, as that of large binary messages, is not in it. */
  readonly allocatedBytes: number
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

/** All that was ever allocated on the heap. */
function allocated(): number {
  return (getHeapStatistics() as unknown as { readonly total_allocated_bytes: number }).total_allocated_bytes
}

function readyFor(work: Work, run: Run): Run {
  tell({ ready: work.endpoint })
  return run
}

const { subject } = (await import(moduleOf(name ?? '').href)) as { subject: Subject }

for (;;) {
  const order = await told()
  // What libzmq still holds of a subject that does not drain has left by the time that its process is told to end.
  if (order === 'end') break
  if (order === 'go') throw new Error('the side was told go before its work')
  const run = await prepare(subject, order.prepare)
  await told()
  const idleBytes = process.memoryUsage.rss()
  const allocatedBefore = allocated()
  const before = process.cpuUsage()
  const found = await run()
  const { user, system } = process.cpuUsage(before)
  const peakBytes = process.resourceUsage().maxRSS * 1_024
  const allocatedBytes = allocated() - allocatedBefore
  const findings = typeof found === 'function' ? found() : found
  tell({ ...findings, cpuMs: (user + system) / 1_000, peakBytes, idleBytes, allocatedBytes })
}
process.exit(0)
