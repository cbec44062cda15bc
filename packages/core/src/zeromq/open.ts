/** Which native socket stands at which end of a link. */
import { isMainThread } from 'node:worker_threads'
import { OptionError } from '../errors.ts'
import type { Part, PartSpec } from '../port/composite.ts'
import { ofRole } from '../port/endpoint.ts'
import type { Endpoint } from '../port/endpoint.ts'
import type { FrameSocket, FrameSpec } from '../port/frame-socket.ts'
import { DealerSocket } from './dealer-socket.ts'
import { PullSocket } from './pull-socket.ts'
import { PushSocket } from './push-socket.ts'
import { RouterSocket } from './router-socket.ts'

/** One socket for all endpoints that are bound, and one for each that is connected to. */
export function zeromqParts(spec: PartSpec, endpoints: readonly Endpoint[]): Part[] {
  const [first] = endpoints
  if (first !== undefined && !isMainThread) throw offMainThread(first)
  const bind = ofRole(endpoints, 'bind')
  const bound: Part = {
    binds: bind.map(({ index }) => index),
    open: (events) => openOne({ ...spec, events, bind: bind.map(({ text }) => text), connect: [] }),
  }
  const connected = ofRole(endpoints, 'connect').map(({ text }): Part => ({
    binds: [],
    open: (events) => openOne({ ...spec, events, bind: [], connect: [text] }),
  }))
  return bind.length === 0 ? connected : [bound, ...connected]
}

function openOne(spec: FrameSpec): FrameSocket {
  if (spec.shape === 'push') return new PushSocket(spec)
  if (spec.shape === 'pull') return new PullSocket(spec)
  const [endpoint] = spec.connect
  return endpoint === undefined ? new RouterSocket(spec) : new DealerSocket(spec, endpoint)
}

/** A thread that ends while libzmq works for it takes the whole process along. */
function offMainThread({ role, text }: Endpoint): OptionError {
  return new OptionError(
    role,
    `${role}: endpoint '${text}' is a socket, and sockets live in the main thread; allowed on a worker thread: channel://name, memory://name, inproc://name`,
  )
}
