/** The sockets of one thread, which stand in the main thread. */
import type { MessagePort } from 'node:worker_threads'
import type { Bridge } from '../channel/bridge.ts'
import type { Clock } from '../clock.ts'
import { openBridge } from '../context.ts'
import type { Guard } from '../security/guard.ts'
import { errorForm } from './messages.ts'
import type { FromReplica } from './messages.ts'
import { bridgeName } from './thread-messages.ts'
import type { FromThread, OpenBridge, ToThread } from './thread-messages.ts'

/** What bridges need of their run. */
export interface BridgesOptions {
  readonly clock: Clock
  readonly guard: Guard
  /** Reaches the thread. */
  readonly send: (message: ToThread, transfer?: readonly MessagePort[]) => void
}

/** Opens and closes bridges as a thread asks for them, and closes those that it leaves behind. */
export class ThreadBridges {
  readonly #bridges = new Map<number, Bridge>()
  readonly #closing: Promise<void>[] = []
  readonly #options: BridgesOptions
  readonly #send: BridgesOptions['send']

  constructor(options: BridgesOptions) {
    this.#options = options
    this.#send = options.send
  }

  /** Takes what the thread says of bridges. */
  hear(message: Exclude<FromThread, FromReplica>): void {
    if (message.type === 'openBridge') void this.#open(message)
    else void this.#close(message.bridge, message.lingerMs)
  }

  /** The thread is gone. Resolves when every bridge is closed, what was to linger included; never rejects. */
  async end(): Promise<void> {
    for (const bridge of this.#bridges.keys()) void this.#close(bridge, 0)
    await Promise.all(this.#closing)
  }

  async #open({ bridge, shape, bind, connect, limits }: OpenBridge): Promise<void> {
    try {
      const opened = openBridge({
        shape,
        bind,
        connect,
        limits,
        clock: this.#options.clock,
        guard: this.#options.guard,
        hand: (port) => this.#send({ type: 'attach', name: bridgeName(bridge), port }, [port]),
        refused: (error) => this.#send({ type: 'bridgeRefused', bridge, error: errorForm(error) }),
        failed: (error) => this.#send({ type: 'bridgeFailed', bridge, error: errorForm(error) }),
      })
      this.#bridges.set(bridge, opened)
      this.#send({ type: 'bridgeBound', bridge, endpoints: await opened.bound() })
    } catch (error) {
      this.#send({ type: 'bridgeFailed', bridge, error: errorForm(error) })
    }
  }

  async #close(bridge: number, lingerMs: number): Promise<void> {
    const closing = this.#bridges.get(bridge)?.close(lingerMs)
    this.#bridges.delete(bridge)
    if (closing !== undefined) this.#closing.push(closing)
    await closing
    this.#send({ type: 'bridgeClosed', bridge })
  }
}
