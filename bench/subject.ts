/** What a benchmark measures: one way for one process to get messages to another. */

export interface Work {
  readonly transport: 'tcp' | 'ipc'
  /** Where to bind or connect: a wildcard port on tcp. Several are parted by commas. */
  readonly endpoint: string
  /** Name of the shape, see shapes.ts. */
  readonly shape: string
  readonly messages: number
  /** Requests in flight, where the subject has requests. */
  readonly inFlight: number
  /** Messages a second where the subject is paced, else 0. */
  readonly pace: number
}

/** What a side found out beside the time it took. */
export interface Findings {
  /** Messages that arrived, where some may be lost. Default: all. */
  readonly arrived?: number
  /** How long it took, where the subject knows better than the harness: processes may have to be started first. */
  readonly elapsedMs?: number
  /** Median and 99th percentile of a latency, in microseconds. */
  readonly p50?: number
  readonly p99?: number
  /** Most messages that were accepted and not finished yet. */
  readonly ahead?: number
  /** Memory of one side for each link that it holds open. */
  readonly bytesPerLink?: number
  /** Processor time that other processes had for this side, a broker's server or a program in another language, in milliseconds. */
  readonly othersCpuMs?: number
  /** Time taken over the time that a perfect dispatch would take. */
  readonly overIdeal?: number
}

/** Does the work; what takes long to find out is found out afterwards, when no time is measured any more. */
export type Run = () => Promise<Findings | (() => Findings) | void>

export interface Receiving {
  /** Where it really listens. */
  readonly endpoint: string
  /** Starts to receive; resolves when the last message was handled. */
  readonly run: Run
}

/** Two processes. */
export interface PairSubject {
  /** Starts the receiving side. */
  receive(work: Work): Promise<Receiving>
  /** Connects, and resolves to a function that sends everything and resolves when its part is done. */
  send(work: Work): Promise<Run>
}

/** One process, which may start others itself. */
export interface LoneSubject {
  /** Prepares, and resolves to a function that does all the work. */
  alone(work: Work): Promise<Run>
}

export type Subject = PairSubject | LoneSubject

/** Where the module of a subject lies, as a URL: `subjects/`, or `rivals/` for a name that begins so. */
export function moduleOf(subject: string): URL {
  return new URL(`${subject.startsWith('rivals/') ? '' : 'subjects/'}${subject}.ts`, import.meta.url)
}
