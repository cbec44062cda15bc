/** Joins the `channel://` names of a run's replicas by MessageChannels, life by life. */
import { MessageChannel } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import type { HostSpec } from '../stage/host.ts'

/** Hands a MessagePort to the thread of a replica, under a name of that thread's. */
export type Attach = (name: string, port: MessagePort) => void

const scheme = 'channel://'

/**
 * Knows which names are open now. A receiver's name is `…/link/receiver`, that of a sender to it
 * `…/link/receiver/sender`; each pair of them gets a channel as soon as both are there, and a new one
 * whenever either is opened again: what the dead one held is closed with its thread.
 */
export class Switchboard {
  readonly #receivers = new Map<string, Attach>()
  readonly #senders = new Map<string, Attach>()

  /** Takes in one life of a replica. Returns how to take it out. */
  join(spec: HostSpec, attach: Attach): () => void {
    const places = Object.values(spec.links)
    const bound = namesIn(places.flatMap((place) => place.bind))
    const connected = namesIn(places.flatMap((place) => place.connect))
    for (const name of bound) this.#joinReceiver(name, attach)
    for (const name of connected) this.#joinSender(name, attach)
    return () => {
      for (const name of bound) remove(this.#receivers, name, attach)
      for (const name of connected) remove(this.#senders, name, attach)
    }
  }

  #joinReceiver(name: string, attach: Attach): void {
    this.#receivers.set(name, attach)
    for (const [sender, attachSender] of this.#senders) {
      if (receiverOf(sender) === name) connect(name, attach, sender, attachSender)
    }
  }

  #joinSender(name: string, attach: Attach): void {
    this.#senders.set(name, attach)
    const receiver = receiverOf(name)
    const attachReceiver = this.#receivers.get(receiver)
    if (attachReceiver !== undefined) connect(receiver, attachReceiver, name, attach)
  }
}

function connect(receiver: string, attachReceiver: Attach, sender: string, attachSender: Attach): void {
  const { port1, port2 } = new MessageChannel()
  attachReceiver(receiver, port1)
  attachSender(sender, port2)
}

/** A later life has the name when an earlier one is taken out. */
function remove(ends: Map<string, Attach>, name: string, attach: Attach): void {
  if (ends.get(name) === attach) ends.delete(name)
}

function receiverOf(sender: string): string {
  return sender.slice(0, sender.lastIndexOf('/'))
}

function namesIn(endpoints: readonly string[]): readonly string[] {
  return endpoints
    .filter((endpoint) => endpoint.startsWith(scheme))
    .map((endpoint) => endpoint.slice(scheme.length))
}
