/** What a benchmark measures: one way for one process to get messages to another. */

export interface Work {
  readonly transport: 'tcp' | 'ipc'
  /** Where to bind or connect; a wildcard port on tcp. */
  readonly endpoint: string
  /** Name of the shape, see shapes.ts. */
  readonly shape: string
  readonly messages: number
  /** Requests in flight, where the subject has requests. */
  readonly inFlight: number
}

export interface Receiving {
  /** Where it really listens. */
  readonly endpoint: string
  /** Starts to receive; resolves when the last message was handled. */
  run(): Promise<void>
}

export interface Subject {
  /** Starts the receiving side, in a process of its own. */
  receive(work: Work): Promise<Receiving>
  /** Connects, and resolves to a function that sends everything and resolves when its part is done. */
  send(work: Work): Promise<() => Promise<void>>
}
