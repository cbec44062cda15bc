import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RunReport } from '@sluice/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { replicasOf, TemporaryDirectory, until } from '../support/left-behind.ts'
import { has, needs } from '../support/skip.ts'
import { SluiceCommand } from '../support/sluice-command.ts'
import type { CommandOptions } from '../support/sluice-command.ts'

const checksums = fileURLToPath(new URL('../../packages/examples/checksums/checksums.ts', import.meta.url))
/** The user that may read nothing that is not everybody's. */
const nobody = 65_534

let directory: TemporaryDirectory
let root: string
let output: string

beforeEach(() => {
  directory = new TemporaryDirectory()
  root = join(directory.path, 'files')
  output = join(directory.path, 'SHA256SUMS')
  mkdirSync(root)
})

afterEach(() => directory[Symbol.dispose]())

function sum(to: string = output, options: CommandOptions = {}): SluiceCommand {
  const args = ['run', checksums, '--json', '--drain-timeout', '60000', '--', root, '--output', to]
  return new SluiceCommand(args, options)
}

function fill(count: number, bytes: number): void {
  for (let n = 0; n < count; n++) {
    const folder = join(root, String(n % 97))
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `${n}.bin`), Buffer.alloc(bytes, n))
  }
}

/** Makes a large file that takes no room. */
function sparse(bytes: number): string {
  const path = join(root, 'large')
  writeFileSync(path, '')
  truncateSync(path, bytes)
  return path
}

/** Resolves to the hashing process that has the file open, as soon as one has. */
async function readsOf(file: string, command: SluiceCommand): Promise<number> {
  let reader: number | undefined
  await until(() => {
    reader = replicasOf(command.child.pid).find((pid) => filesOf(pid).includes(file))
    return reader !== undefined || command.child.exitCode !== null
  })
  if (reader === undefined) throw new Error(`nobody was seen to read ${file}`)
  return reader
}

/** The greatest resident memory so far of a process, in bytes. */
function peakBytes(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1_024
  } catch {
    return 0
  }
}

/** The files that a process has open. */
function filesOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${fd}`)]
      } catch {
        return []
      }
    })
  } catch {
    return []
  }
}

describe('the checksums', () => {
  it('are what sha256sum accepts, for ten thousand files', async (context) => {
    needs(context, 'sha256sum', has('sha256sum'))
    fill(10_000, 100)
    using command = sum()
    expect(await command.ends()).toBe(0)
    expect((JSON.parse(command.out) as RunReport).ledger).toMatchObject({
      accepted: 10_000,
      delivered: 10_000,
    })
    execFileSync('sha256sum', ['--check', '--quiet', '--strict', output], { cwd: root })
    const lines = readFileSync(output, 'latin1').trimEnd().split('\n')
    expect(lines).toHaveLength(10_000)
    const paths = lines.map((line) => line.slice(66))
    expect(paths).toEqual(paths.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
  })

  it('bear names with line breaks, backslashes and octets that are no UTF-8', async (context) => {
    needs(context, 'sha256sum', has('sha256sum'))
    for (const name of ['two\nlines', 'back\\slash', 'carriage\rreturn', ' space', 'ünï']) {
      writeFileSync(join(root, name), name)
    }
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe])]), 'octets')
    using command = sum()
    expect(await command.ends()).toBe(0)
    const said = execFileSync('sha256sum', ['--check', '--strict', output], { cwd: root, encoding: 'latin1' })
    expect(said.match(/: OK$/gm)).toHaveLength(6)
  })

  it('come to the same file, octet for octet, when a hashing process is killed half-way', async (context) => {
    needs(context, 'Linux, whose /proc tells who reads what', process.platform === 'linux')
    fill(500, 1_000)
    const large = sparse(2 ** 29)
    using whole = sum(`${output}.whole`)
    expect(await whole.ends()).toBe(0)
    using command = sum()
    process.kill(await readsOf(large, command), 'SIGKILL')
    expect(await command.ends()).toBe(0)
    expect((JSON.parse(command.out) as RunReport).stages['hash']?.restarts).toBe(1)
    expect(readFileSync(output)).toEqual(readFileSync(`${output}.whole`))
  })

  it('of a file of two gigabytes need no more than 300 MB in any process', async (context) => {
    needs(context, 'Linux, whose /proc tells peaks', process.platform === 'linux')
    sparse(2 * 2 ** 30)
    using command = sum()
    const peaks = new Map<number, number>()
    const looking = setInterval(() => {
      const own = command.child.pid ?? 0
      for (const pid of [own, ...replicasOf(own)])
        peaks.set(pid, Math.max(peaks.get(pid) ?? 0, peakBytes(pid)))
    }, 100)
    expect(await command.ends()).toBe(0)
    clearInterval(looking)
    expect(peaks.size).toBeGreaterThan(1)
    expect(Math.max(...peaks.values())).toBeLessThan(300 * 2 ** 20)
  })

  it('count what cannot be read as dead letters, with the reason', async (context) => {
    needs(context, 'root, to become somebody who may not read', process.getuid?.() === 0)
    fill(10, 100)
    writeFileSync(join(root, 'secret'), 'secret')
    chmodSync(join(root, 'secret'), 0o600)
    for (const path of [directory.path, root]) chownSync(path, nobody, nobody)
    using command = sum(output, { uid: nobody, cwd: directory.path })
    expect(await command.ends()).toBe(1)
    expect((JSON.parse(command.out) as RunReport).ledger).toMatchObject({ delivered: 10, deadLettered: 1 })
    expect(command.err).toMatch(/unreadable: secret: EACCES: permission denied/)
    expect(readFileSync(output, 'utf8').trimEnd().split('\n')).toHaveLength(10)
  })

  it('say that the disk is full, and exit with 1', async (context) => {
    needs(context, '/dev/full', process.platform === 'linux')
    fill(10, 100)
    using command = sum('/dev/full')
    expect(await command.ends()).toBe(1)
    expect(command.err).toMatch(/cannot write \/dev\/full: ENOSPC/)
  })

  it('leave the last list as it was when they are interrupted', async (context) => {
    needs(context, 'Linux, whose /proc tells who reads what', process.platform === 'linux')
    fill(5_000, 100)
    // Found first, and long enough in hand that the walk of the folders is under way and not over.
    const large = sparse(2 ** 29)
    writeFileSync(output, 'the last list\n')
    using command = sum()
    await readsOf(large, command)
    command.child.kill('SIGINT')
    expect(await command.ends()).toBe(1)
    expect(command.err).toContain('the walk was interrupted')
    expect(readFileSync(output, 'utf8')).toBe('the last list\n')
  })

  it('refuse to start without a directory', async () => {
    using command = new SluiceCommand(['run', checksums])
    expect(await command.ends()).toBe(2)
    expect(command.err).toContain('checksums was given 0 directories; allowed: one, behind --')
  })
})
