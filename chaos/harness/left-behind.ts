/** What a program has left in the system: processes that it had started, and files. */
import { readdirSync, readFileSync } from 'node:fs'

/** The states and parents of all processes, by their numbers. */
function processes(): Map<number, { readonly parent: number; readonly zombie: boolean }> {
  const all = new Map<number, { readonly parent: number; readonly zombie: boolean }>()
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    try {
      // The name in brackets may hold anything.
      const [, state = '', parent = ''] =
        /\) (\S) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
      all.set(Number(pid), { parent: Number(parent), zombie: state === 'Z' })
    } catch {
      // It has ended meanwhile.
    }
  }
  return all
}

/** The children of a process, and theirs. */
export function familyOf(pid: number): number[] {
  const all = processes()
  const family = [pid]
  for (const member of family) {
    for (const [child, { parent }] of all) if (parent === member) family.push(child)
  }
  return family.slice(1)
}

/** Those of some processes that are still at work. */
export function alive(pids: readonly number[]): number[] {
  const all = processes()
  return pids.filter((pid) => all.get(pid)?.zombie === false)
}
