/** Runs one subject once: a receiving and a sending process, timed from the word go to the end of both. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Work } from '../subject.ts'
import type { FromSide } from './side.ts'

export interface Measured {
  readonly subject: string
  readonly transport: Work['transport']
  readonly shape: string
  readonly messages: number
  readonly inFlight: number
  readonly perSecond: number
  /** Processor time of both sides, in microseconds a message. */
  readonly cpuMicros: number
  readonly senderPeakMb: number
  readonly receiverPeakMb: number
}

type Ended = Extract<FromSide, { cpuMs: number }>

/** What to measure: all of a subject's work but its endpoint. */
export type Job = Omit<Work, 'endpoint'>

const entry = new URL('side.ts', import.meta.url)

/** Measures `subject` once. Rejects when a side fails, with what it printed on its standard error passed through. */
export async function measure(subject: string, job: Job): Promise<Measured> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-'))
  const sides: ChildProcess[] = []
  try {
    const wanted = job.transport === 'ipc' ? `ipc://${directory}/s` : 'tcp://127.0.0.1:*'
    const receiver = start(sides, subject, 'receive', { ...job, endpoint: wanted })
    const { ready: endpoint } = (await heard(receiver)) as { ready: string }
    const sender = start(sides, subject, 'send', { ...job, endpoint })
    await heard(sender)
    const ends = [heard(receiver), heard(sender)]
    const from = performance.now()
    receiver.send('go')
    sender.send('go')
    const [received, sent] = (await Promise.all(ends)) as [Ended, Ended]
    const elapsedMs = performance.now() - from
    return {
      subject,
      ...job,
      perSecond: Math.round(job.messages / (elapsedMs / 1_000)),
      cpuMicros: ((received.cpuMs + sent.cpuMs) * 1_000) / job.messages,
      senderPeakMb: Math.round(sent.peakBytes / 2 ** 20),
      receiverPeakMb: Math.round(received.peakBytes / 2 ** 20),
    }
  } finally {
    await Promise.all(sides.map(end))
    await rm(directory, { recursive: true })
  }
}

function start(sides: ChildProcess[], subject: string, role: string, work: Work): ChildProcess {
  const side = fork(entry, [subject, role, JSON.stringify(work)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  sides.push(side)
  return side
}

async function heard(side: ChildProcess): Promise<FromSide> {
  const gone = new AbortController()
  const exit = once(side, 'exit', { signal: gone.signal }).then(([code]) => {
    throw new Error(`a side of the benchmark ended with ${String(code)} before it was done`)
  })
  try {
    const [message] = (await Promise.race([once(side, 'message', { signal: gone.signal }), exit])) as [
      FromSide,
    ]
    return message
  } finally {
    gone.abort()
    exit.catch(() => undefined)
  }
}

async function end(side: ChildProcess): Promise<void> {
  if (side.exitCode !== null || side.signalCode !== null) return
  const exited = once(side, 'exit')
  if (side.connected) side.send('end')
  side.kill()
  await exited
}
