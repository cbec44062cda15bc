/** What a run and a replica on a thread say to each other beside what a process is told too: channels and bridges. */
import type { MessagePort } from 'node:worker_threads'
import type { Limits } from '../limits.ts'
import type { PortShape } from '../port/port.ts'
import type { ErrorForm, FromReplica, ToReplica } from './messages.ts'

/** From the run to a thread. */
export type ToThread =
  | ToReplica
  /** A peer of the `channel://` endpoint of that name. */
  | { readonly type: 'attach'; readonly name: string; readonly port: MessagePort }
  | { readonly type: 'bridgeBound'; readonly bridge: number; readonly endpoints: readonly string[] }
  | { readonly type: 'bridgeRefused'; readonly bridge: number; readonly error: ErrorForm }
  | { readonly type: 'bridgeFailed'; readonly bridge: number; readonly error: ErrorForm }
  | { readonly type: 'bridgeClosed'; readonly bridge: number }

/** From a thread to the run. */
export type FromThread =
  | FromReplica
  /** Opens sockets in the main thread; each of their peers is attached to the channel `bridgeName(bridge)`. */
  | OpenBridge
  | { readonly type: 'closeBridge'; readonly bridge: number; readonly lingerMs: number }

/** Sockets that a thread wants opened for it. */
export interface OpenBridge {
  readonly type: 'openBridge'
  readonly bridge: number
  readonly shape: PortShape
  readonly bind: readonly string[]
  readonly connect: readonly string[]
  readonly limits: Limits
}

/** The channel, within the thread, where the peers of a bridge are attached. */
export function bridgeName(bridge: number): string {
  return `bridge/${bridge}`
}
