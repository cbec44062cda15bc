/** What every peer process has: its work, a way to tell its parent, and an end when the parent is gone. */
import { Context, securityFromEnvironment } from '@sluice/core'
import type { Limits } from '@sluice/core'

/** Where a peer stands and what it does; each role reads its own part. */
export interface Work {
  readonly endpoint: string
  readonly binds?: boolean
  readonly identity: string
  /** Where what was handled is written down; of a sender, what was acked. */
  readonly log?: string
  readonly handlerMs?: number
  /** How long the handler keeps the event loop to itself, in milliseconds, at message `blockAt`. */
  readonly blockMs?: number
  readonly blockAt?: number
  /** From which message on the handler never comes to an end. */
  readonly stopsAt?: number
  readonly highWaterMark?: number | 'auto'
  readonly concurrency?: number
  readonly limits?: Partial<Limits>
  /** Numbers from `first` in steps of `step`, below `until`. */
  readonly first?: number
  readonly step?: number
  readonly until?: number
  /** Payload of each message, in bytes beside its number. */
  readonly bodyBytes?: number
  /** How many keys the messages have; none: no order across receivers. */
  readonly keys?: number
  readonly inFlight?: number
  /** How long one attempt of a request may take. */
  readonly timeoutMs?: number
  /** How many strangers of each kind a flood has. */
  readonly crowd?: { readonly silent?: number; readonly garbage?: number; readonly keys?: number }
}

/** What a peer tells while it works. */
export interface Told {
  readonly endpoint?: string
  readonly up?: true
  readonly done?: Readonly<Record<string, unknown>>
  readonly rss?: number
  readonly stats?: Readonly<Record<string, unknown>>
}

/** The work that the parent gave on the command line. */
export function workOf(argv: readonly string[]): Work {
  return JSON.parse(argv[2] ?? '{}') as Work
}

/** Tells the parent; a parent that is gone hears nothing. */
export function tell(told: Told): void {
  if (process.connected) process.send?.(told)
}

/** Where the work says that the peer stands, as options. */
export function placeOf({ endpoint, binds = false, identity, limits }: Work) {
  return {
    context: new Context(),
    identity,
    // A network of two namespaces is nobody else's.
    insecure: true,
    security: securityFromEnvironment(),
    ...(limits === undefined ? {} : { limits }),
    ...(binds ? { bind: endpoint } : { connect: endpoint }),
  } as const
}

/** Runs a role: without its parent a peer has nothing to do, and when it is through it lets go of it. */
export async function play(role: (work: Work) => Promise<void>): Promise<void> {
  const orphaned = (): never => process.exit(1)
  process.once('disconnect', orphaned)
  const watch = setInterval(() => tell({ rss: process.memoryUsage.rss() }), 200)
  watch.unref()
  await role(workOf(process.argv))
  process.off('disconnect', orphaned)
  await lastWord()
  process.disconnect?.()
}

/** Resolves when all that was told has left: what still waits is lost by a disconnect. */
async function lastWord(): Promise<void> {
  if (process.connected) await new Promise((resolve) => process.send?.({}, undefined, {}, resolve))
}

/** Aborts when the parent says that it is enough. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController()
  process.on('message', (told) => {
    if (told === 'stop') stop.abort()
  })
  return stop.signal
}

/** Time of the machine that all processes agree on, in milliseconds. */
export function timeNow(): number {
  return performance.timeOrigin + performance.now()
}
