/** Results on disk: JSON lines, the head first. */
import { execFileSync } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os'
import { dirname } from 'node:path'
import type { Case } from '../cases.ts'
import type { Measured } from '../harness/measure.ts'
import { figuresOf } from './figures.ts'
import type { RowFigures } from './figures.ts'

export interface Head {
  readonly date: string
  readonly processor: string
  readonly cores: number
  readonly memoryGb: number
  readonly system: string
  readonly node: string
  readonly commit: string
  /** Programs that wanted a processor when the run began. */
  readonly load: number
}

/** A measurement, or why there is none. */
export type Line = MeasuredLine | FailedLine

interface MeasuredLine {
  readonly case: string
  readonly round: number
  readonly measured: Measured
}

interface FailedLine {
  readonly case: string
  readonly round: number
  readonly subject: string
  readonly failed: string
}

export interface Results {
  readonly head: Head
  readonly lines: readonly Line[]
}

export function headNow(): Head {
  const [processor] = cpus()
  return {
    date: new Date().toISOString(),
    processor: processor?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    commit: commit(),
    load: Number((loadavg()[0] ?? 0).toFixed(1)),
  }
}

function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return 'unknown'
  }
}

export async function save(path: string, { head, lines }: Results): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, [head, ...lines].map((line) => `${JSON.stringify(line)}\n`).join(''))
}

export async function load(path: string): Promise<Results> {
  const [head, ...lines] = (await readFile(path, 'utf8')).trimEnd().split('\n')
  if (head === undefined || head === '') throw new Error(`${path} has no results`)
  return { head: JSON.parse(head) as Head, lines: lines.map((line) => JSON.parse(line) as Line) }
}

/** The measurements of one case, by subject and in the place of their round. */
export function roundsOf({ name }: Case, lines: readonly Line[]): Map<string, (Measured | undefined)[]> {
  const rounds = new Map<string, (Measured | undefined)[]>()
  for (const line of lines) {
    if (line.case !== name || 'failed' in line) continue
    const { subject } = line.measured
    const measured = rounds.get(subject) ?? []
    measured[line.round] = line.measured
    rounds.set(subject, measured)
  }
  return rounds
}

/** What could not be measured, a sentence each. */
export function failuresIn(lines: readonly Line[]): readonly string[] {
  return lines.flatMap((line) =>
    'failed' in line ? [`${line.case}, round ${line.round + 1}: ${line.failed}`] : [],
  )
}

/** The figures of each subject of a case. */
export function bySubject(one: Case, { lines }: Results): Map<string, RowFigures> {
  return new Map(figuresOf(one, roundsOf(one, lines)).map((figures) => [figures.subject, figures]))
}
