/** Ports over MessagePorts that find each other by name within a test, as a runner makes them find each other. */
import { MessageChannel } from 'node:worker_threads'
import { ChannelHub, Context } from '@sluice/core'
import type { Port, Ports, PortSpec } from '@sluice/core'

/** Every connection gets a MessageChannel of its own: one end to the name that is bound, one to the port that connects. */
export class ChannelPorts implements Ports, AsyncDisposable {
  readonly hub: ChannelHub = new ChannelHub()
  readonly #context = new Context({ channels: this.hub })
  #counter = 0

  open<P>(spec: PortSpec<P>): Port<P> {
    const connect = spec.connect.map((endpoint) => {
      const { port1, port2 } = new MessageChannel()
      const name = `dialled-${++this.#counter}`
      this.hub.attach(endpoint.replace('channel://', ''), port1)
      this.hub.attach(name, port2)
      return `channel://${name}`
    })
    return this.#context.open({ ...spec, connect })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context[Symbol.asyncDispose]()
    this.hub.close()
  }
}
