/** A sender on one side of a network and receivers on the other: messages flow until somebody says stop. */
import { Crew } from './crew.ts'
import { Peer, until } from './peer.ts'
import type { Network } from './network.ts'
import type { Work } from './child.ts'

/** The pattern between the two sides. */
export type Acked = 'backpressure' | 'request-reply'

/** What the two sides have in common. */
export type DistantWork = Pick<Work, 'handlerMs' | 'keys' | 'bodyBytes'> & { readonly log: string }

/** Most messages that one receiver has outstanding. */
export const distantWindow = 32

/** Both sides at work; killed when it is disposed of. */
export class Distant implements Disposable {
  readonly sender: Peer
  readonly receivers: Crew

  private constructor(sender: Peer, receivers: Crew) {
    this.sender = sender
    this.receivers = receivers
  }

  /** Resolves when every receiver has handled something. */
  static async start(network: Network, pattern: Acked, size: number, work: DistantWork): Promise<Distant> {
    const [sending, receiving] =
      pattern === 'backpressure' ? (['produce', 'consume'] as const) : (['request', 'reply'] as const)
    const { log, handlerMs, ...sent } = work
    const place = {
      endpoint: network.listenAt,
      binds: true,
      identity: 'sender',
      inFlight: distantWindow * size,
    }
    const sender = new Peer(sending, { ...place, ...sent }, network.a)
    const endpoint = await sender.bound()
    const window = { highWaterMark: distantWindow, concurrency: distantWindow }
    const crew = new Crew(
      receiving,
      size,
      { endpoint, log, ...window, ...(handlerMs ? { handlerMs } : {}) },
      network.b,
    )
    await until(() => crew.members.every(({ up }) => up))
    return new Distant(sender, crew)
  }

  /** Has the sender stop and drain; resolves to how many it had sent. */
  async finish(): Promise<number> {
    this.sender.child.send('stop')
    const code = await this.sender.ends()
    if (code !== 0) throw new Error(`the sender ended with ${code}`)
    return Number(this.sender.done?.['delivered'])
  }

  [Symbol.dispose](): void {
    this.sender[Symbol.dispose]()
    this.receivers[Symbol.dispose]()
  }
}
