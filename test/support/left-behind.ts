/** What a run leaves behind it: looked for in the system, not in the program. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
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
  return processes()
    .filter(({ state, command }) => state !== 'Z' && command.includes(text))
    .map(({ pid, ppid }) => [pid, ppid] as const)
}

/** Whether a process is there and is not a zombie that nobody has buried yet. */
export function isAlive(pid: number): boolean {
  return processes(pid).some(({ state }) => state !== 'Z')
}

/** How many have connected to a socket in the file system and are still there. */
export function connectedTo(path: string): number {
  const sockets =
    process.platform === 'linux'
      ? readFileSync('/proc/net/unix', 'utf8')
      : spawnSync('netstat', ['-an', '-f', 'unix'], { encoding: 'utf8' }).stdout
  // One more listens.
  return sockets.split('\n').filter((line) => line.endsWith(` ${path}`)).length - 1
}

interface Process {
  readonly pid: number
  readonly ppid: number
  /** One letter; `Z` is a zombie. */
  readonly state: string
  readonly command: string
}

/** All processes, or the one that is asked for if it is there. Looked at in a loop: where there is /proc, `ps` costs seven times as much. */
function processes(only?: number): Process[] {
  if (process.platform !== 'linux') return toldByPs(only)
  const pids = only === undefined ? readdirSync('/proc').map(Number).filter(Number.isInteger) : [only]
  return pids.flatMap((pid) => {
    try {
      // The name, in brackets, may hold anything.
      const [state = '', ppid = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      return [{ pid, ppid: Number(ppid), state, command }]
    } catch {
      return []
    }
  })
}

function toldByPs(only: number | undefined): Process[] {
  const which = only === undefined ? ['-A'] : ['-p', String(only)]
  const { stdout } = spawnSync('ps', [...which, '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' })
  return stdout.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S)\S*\s+(.*)$/.exec(line)
    if (match === null) return []
    const [, pid, ppid, state = '', command = ''] = match
    return [{ pid: Number(pid), ppid: Number(ppid), state, command }]
  })
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
