/** Which native socket stands at which end of a link. */
import type { Part } from '../port/composite.ts'
import type { FrameSocket, FrameSpec } from '../port/frame-socket.ts'
import { DealerSocket } from './dealer-socket.ts'
import { PullSocket } from './pull-socket.ts'
import { PushSocket } from './push-socket.ts'
import { RouterSocket } from './router-socket.ts'

/** What is needed of every socket of a port. */
export type ZeromqSpec = Pick<FrameSpec, 'shape' | 'limits' | 'clock'>

/** An endpoint to bind, and its place among all that the port binds. */
export interface Placed {
  readonly endpoint: string
  readonly index: number
}

/** One socket for all endpoints that are bound, and one for each that is connected to. */
export function zeromqParts(spec: ZeromqSpec, bind: readonly Placed[], connect: readonly string[]): Part[] {
  const bound: Part = {
    binds: bind.map(({ index }) => index),
    open: (events) => openOne({ ...spec, events, bind: bind.map(({ endpoint }) => endpoint), connect: [] }),
  }
  const connected = connect.map((endpoint): Part => ({
    binds: [],
    open: (events) => openOne({ ...spec, events, bind: [], connect: [endpoint] }),
  }))
  return bind.length === 0 ? connected : [bound, ...connected]
}

function openOne(spec: FrameSpec): FrameSocket {
  if (spec.shape === 'push') return new PushSocket(spec)
  if (spec.shape === 'pull') return new PullSocket(spec)
  const [endpoint] = spec.connect
  return endpoint === undefined ? new RouterSocket(spec) : new DealerSocket(spec, endpoint)
}
