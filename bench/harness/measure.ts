/** Runs one subject: its processes are started, warmed up, and timed from the word go to the end of both. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { moduleOf } from '../subject.ts'
import type { Findings, Subject, Work } from '../subject.ts'
import { Child } from './child.ts'
import type { Ended } from './side.ts'

/** What to measure: all of a subject's work but its endpoint, and what goes ahead of it to warm up. */
export interface Job extends Omit<Work, 'endpoint'> {
  /** Work of the same kind that is done first, by the same processes, and not measured. */
  readonly warmUp?: Pick<Work, 'messages' | 'pace'> | undefined
}

export interface Measured extends Job, Omit<Findings, 'elapsedMs' | 'othersCpuMs'> {
  readonly subject: string
  readonly perSecond: number
  /** Processor time of both sides, and of a server between them, in microseconds a message. */
  readonly cpuMicros: number
  /** What each side allocated on its heap for a message, in octets. */
  readonly allocatedEach: readonly number[]
  /** Peak memory of each side, in MiB; what it had before the work, too. */
  readonly peakMb: readonly number[]
  readonly idleMb: readonly number[]
}

export interface MeasureOptions {
  /** Longest that one measurement may take, in milliseconds. Default 60 000, and 20 µs a message, or as long as it is paced. */
  readonly boundMs?: number | undefined
  /** A folder for processor profiles of each side. */
  readonly profiles?: string | undefined
}

const mebibyte = 2 ** 20

/** What every side tells of itself, beside what it found out. */
const ofSide: ReadonlySet<string> = new Set(['cpuMs', 'peakBytes', 'idleBytes', 'allocatedBytes'])

/** Measures `subject` once. Rejects when a side fails or takes too long, with what it printed passed through. */
export async function measure(subject: string, job: Job, options: MeasureOptions = {}): Promise<Measured> {
  const { boundMs = 60_000 + job.messages / (job.pace > 0 ? job.pace / 1_000 : 50), profiles } = options
  const { subject: made } = (await import(moduleOf(subject).href)) as { subject: Subject }
  const directory = await mkdtemp(join(tmpdir(), 'bench-'))
  const bound = AbortSignal.timeout(boundMs)
  const roles = 'alone' in made ? ['alone'] : ['receive', 'send']
  const children = roles.map((role) => new Child(subject, role, bound, profiles))
  const endpointOf = (name: string): string =>
    job.transport === 'ipc' ? `ipc://${directory}/${name}` : 'tcp://127.0.0.1:*'
  try {
    const { warmUp } = job
    if (warmUp !== undefined) await once(children, { ...job, ...warmUp, endpoint: endpointOf('w') })
    const { ended, wallMs } = await once(children, { ...job, endpoint: endpointOf('s') })
    return summary(subject, job, ended, wallMs)
  } finally {
    await Promise.all(children.map((child) => child[Symbol.asyncDispose]()))
    await rm(directory, { recursive: true, force: true })
  }
}

/** Lets the sides do some work; resolves when both are done. */
async function once(children: readonly Child[], work: Work): Promise<{ ended: Ended[]; wallMs: number }> {
  let { endpoint } = work
  for (const child of children) {
    const heard = child.heard()
    child.tell({ prepare: { ...work, endpoint } })
    const answer = await heard
    if ('ready' in answer) endpoint = answer.ready
  }
  const ends = children.map((child) => child.heard())
  const from = performance.now()
  for (const child of children) child.tell('go')
  const ended = (await Promise.all(ends)) as Ended[]
  return { ended, wallMs: performance.now() - from }
}

function summary(subject: string, job: Job, ended: readonly Ended[], wallMs: number): Measured {
  const { elapsedMs, othersCpuMs: _, ...found } = findingsOf(ended)
  const arrived = found.arrived ?? job.messages
  const cpuMs = ended.reduce((sum, side) => sum + side.cpuMs + (side.othersCpuMs ?? 0), 0)
  return {
    subject,
    ...job,
    ...found,
    perSecond: Math.round(arrived / ((elapsedMs ?? wallMs) / 1_000)),
    cpuMicros: Number(((cpuMs * 1_000) / job.messages).toFixed(3)),
    allocatedEach: ended.map(({ allocatedBytes }) => Math.round(allocatedBytes / job.messages)),
    peakMb: ended.map(({ peakBytes }) => Math.round(peakBytes / mebibyte)),
    idleMb: ended.map(({ idleBytes }) => Math.round(idleBytes / mebibyte)),
  }
}

function findingsOf(ended: readonly Ended[]): Findings {
  const found: Record<string, number> = {}
  for (const side of ended) {
    for (const [key, value] of Object.entries(side) as [string, number][]) {
      if (!ofSide.has(key)) found[key] = value
    }
  }
  return found
}
