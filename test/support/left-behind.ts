/** What a run leaves behind it: looked for in the system, not in the program. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** The processes of replicas that a process has started; those of programs hold `text` in their command. */
export function replicasOf(parent: number = process.pid, text: string = 'process-entry'): number[] {
  return processesWith(text)
    .filter(([, ppid]) => ppid === parent)
    .map(([pid]) => pid)
}

/** Every process of this machine that holds `text` in its command, with its parent. */
export function processesWith(text: string): (readonly [pid: number, ppid: number])[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null)
    .filter(([, , , stat = '', args = '']) => !stat.startsWith('Z') && args.includes(text))
    .map(([, pid, ppid]) => [Number(pid), Number(ppid)] as const)
}

/** Whether a process is there and is not a zombie that nobody has buried yet. */
export function isAlive(pid: number): boolean {
  try {
    return !execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith('Z')
  } catch {
    return false
  }
}

/** Waits for what can only be looked at; the test's own time limit bounds it. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(10)
}

/** A directory for temporary files of this test alone, until it is disposed of. */
export class TemporaryDirectory implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), 'sluice-test-'))
  readonly #before = process.env['TMPDIR']

  constructor() {
    process.env['TMPDIR'] = this.path
  }

  entries(): string[] {
    return readdirSync(this.path)
  }

  [Symbol.dispose](): void {
    if (this.#before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = this.#before
    rmSync(this.path, { recursive: true, force: true })
  }
}
