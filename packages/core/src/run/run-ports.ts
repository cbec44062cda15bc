/** The ports of a run in the main thread, and what joins them with those of its threads. */
import { ChannelHub } from '../channel/channel-hub.ts'
import { Context } from '../context.ts'
import type { Port, Ports, PortSpec } from '../port/port.ts'
import type { HostSpec } from '../stage/host.ts'
import { Switchboard } from './switchboard.ts'

/** Opens ports for inline stages, in the context that the user gave where there is one; channels are the run's own. */
export class RunPorts implements Ports, AsyncDisposable {
  readonly switchboard: Switchboard = new Switchboard()
  readonly #hub = new ChannelHub()
  readonly #own = new Context({ channels: this.#hub })
  readonly #given: Ports

  constructor(given: Ports | undefined) {
    this.#given = given ?? this.#own
  }

  open<P>(spec: PortSpec<P>): Port<P> {
    const isChannel = [...spec.bind, ...spec.connect].some((endpoint) => endpoint.startsWith('channel://'))
    return (isChannel ? this.#own : this.#given).open(spec)
  }

  /** Lets threads reach the channels of an inline stage. */
  join(spec: HostSpec): void {
    this.switchboard.join(spec, (name, port) => this.#hub.attach(name, port))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#own[Symbol.asyncDispose]()
    this.#hub.close()
  }
}
