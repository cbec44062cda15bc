/** One process of a benchmark: `side.ts <subject> <receive|send> <work as JSON>`; speaks with its parent over IPC. */
import type { Subject, Work } from '../subject.ts'

export type FromSide =
  | { readonly ready: string }
  | { readonly cpuMs: number; readonly peakBytes: number; readonly idleBytes: number }

const [name, role, json] = process.argv.slice(2)
const work = JSON.parse(json ?? '{}') as Work
const { subject } = (await import(`../subjects/${name}.ts`)) as { subject: Subject }

function tell(message: FromSide): void {
  process.send?.(message)
}

function told(): Promise<void> {
  return new Promise((resolve) => process.once('message', () => resolve()))
}

async function prepare(): Promise<() => Promise<void>> {
  if (role !== 'receive') {
    const run = await subject.send(work)
    tell({ ready: work.endpoint })
    return run
  }
  const receiving = await subject.receive(work)
  tell({ ready: receiving.endpoint })
  return () => receiving.run()
}

const run = await prepare()

await told()
const idleBytes = process.memoryUsage.rss()
const before = process.cpuUsage()
await run()
const { user, system } = process.cpuUsage(before)
tell({ cpuMs: (user + system) / 1_000, peakBytes: process.resourceUsage().maxRSS * 1_024, idleBytes })
// What libzmq still holds of a subject that does not drain has to leave before the process does.
await told()
process.disconnect?.()
