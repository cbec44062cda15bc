/** Ports on a worker thread: channels are its own, sockets are opened for it in the main thread. */
import { ChannelHub } from '../channel/channel-hub.ts'
import { Context } from '../context.ts'
import { LinkError } from '../errors.ts'
import type { BatchBuilder } from '../port/batch.ts'
import type { Peer, Port, Ports, PortSpec } from '../port/port.ts'
import { errorOf } from './messages.ts'
import type { ToReplica } from './messages.ts'
import { bridgeName } from './thread-messages.ts'
import type { FromThread, ToThread } from './thread-messages.ts'

/** A message about one bridge. */
type AboutBridge = Extract<ToThread, { readonly bridge: number }>

/** What is left of a bridged port when its packets do not matter. */
type Bridged = Pick<BridgedPort<never>, 'hear' | 'close'>

/** A port whose sockets stand in the main thread: a worker thread that ends while libzmq works for it takes the process along. */
class BridgedPort<P> implements Port<P> {
  readonly #inner: Port<P>
  readonly #spec: PortSpec<P>
  readonly #bridge: number
  readonly #send: (message: FromThread) => void
  readonly #bound = Promise.withResolvers<readonly string[]>()
  readonly #gone = Promise.withResolvers<void>()
  #closed: Promise<void> | undefined

  constructor(spec: PortSpec<P>, context: Context, bridge: number, send: (message: FromThread) => void) {
    this.#spec = spec
    this.#bridge = bridge
    this.#send = send
    this.#bound.promise.catch(() => undefined)
    const name = [`channel://${bridgeName(bridge)}`]
    const isBound = spec.bind.length > 0
    this.#inner = context.open({ ...spec, bind: isBound ? name : [], connect: isBound ? [] : name })
    const { shape, bind, connect, limits } = spec
    send({ type: 'openBridge', bridge, shape, bind, connect, limits })
  }

  hear(message: AboutBridge): void {
    switch (message.type) {
      case 'bridgeBound':
        return this.#bound.resolve(message.endpoints)
      case 'bridgeRefused':
        return this.#spec.events.refused(undefined, linkError(errorOf(message.error)))
      case 'bridgeFailed':
        return this.#fail(linkError(errorOf(message.error)))
      case 'bridgeClosed':
        return this.#gone.resolve()
    }
  }

  builder(): BatchBuilder {
    return this.#inner.builder()
  }

  send(peer: Peer, packet: P): boolean {
    return this.#inner.send(peer, packet)
  }

  drop(peer: Peer): void {
    this.#inner.drop(peer)
  }

  pause(): void {
    this.#inner.pause()
  }

  resume(): void {
    this.#inner.resume()
  }

  connections(peer: Peer): number {
    return this.#inner.connections(peer)
  }

  bound(): Promise<readonly string[]> {
    return this.#bound.promise
  }

  close(lingerMs: number): Promise<void> {
    this.#closed ??= this.#close(lingerMs)
    return this.#closed
  }

  async #close(lingerMs: number): Promise<void> {
    // What was sent is in the channel before its end: the bridge takes all of it.
    await this.#inner.close(lingerMs)
    this.#bound.reject(new LinkError('the port was closed before it was bound'))
    this.#send({ type: 'closeBridge', bridge: this.#bridge, lingerMs })
    await this.#gone.promise
  }

  #fail(error: LinkError): void {
    this.#bound.reject(error)
    if (this.#closed !== undefined) return
    void this.close(0)
    this.#spec.events.failed(error)
  }
}

function linkError(error: Error): LinkError {
  return error instanceof LinkError ? error : new LinkError(error.message, { cause: error })
}

/** Opens the ports of one thread. */
export class ThreadPorts implements Ports, AsyncDisposable {
  readonly #hub = new ChannelHub()
  readonly #context = new Context({ channels: this.#hub })
  readonly #bridges = new Map<number, Bridged>()
  readonly #send: (message: FromThread) => void

  /** `send` reaches the main thread. */
  constructor(send: (message: FromThread) => void) {
    this.#send = send
  }

  open<P>(spec: PortSpec<P>): Port<P> {
    const sockets = [...spec.bind, ...spec.connect].some((endpoint) => /^(tcp|ipc):/.test(endpoint))
    if (!sockets) return this.#context.open(spec)
    const bridge = this.#bridges.size
    const port = new BridgedPort(spec, this.#context, bridge, this.#send)
    this.#bridges.set(bridge, port)
    return port
  }

  /** Takes what the main thread says of channels and bridges. */
  hear(message: Exclude<ToThread, ToReplica>): void {
    if (message.type === 'attach') this.#hub.attach(message.name, message.port)
    else this.#bridges.get(message.bridge)?.hear(message)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#bridges.values()].map((port) => port.close(0)))
    await this.#context[Symbol.asyncDispose]()
    this.#hub.close()
  }
}
