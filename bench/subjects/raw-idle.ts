/** Sockets with nothing to do, whose connections are watched by their events and their heartbeats as ours are: what libzmq takes by itself. */
import { setTimeout as pause } from 'node:timers/promises'
import { Context, Dealer, Router } from 'zeromq'
import { perLink } from '../harness/per-link.ts'
import type { Findings, PairSubject } from '../subject.ts'

const heartbeats = { heartbeatInterval: 1_000, heartbeatTimeout: 3_000, heartbeatTimeToLive: 3_000 }

export const subject: PairSubject = {
  async receive({ endpoint, messages, inFlight: links }) {
    const before = process.memoryUsage.rss()
    const socket = new Router()
    await socket.bind(endpoint)
    const run = async (): Promise<Findings> => {
      await pause(messages)
      return perLink(before, links)
    }
    return { endpoint: socket.lastEndpoint ?? endpoint, run }
  },

  async send({ endpoint, messages, inFlight: links }) {
    const before = process.memoryUsage.rss()
    const context = new Context({ maxSockets: 4 * links + 16 })
    const sockets = Array.from({ length: links }, () => new Dealer({ context, ...heartbeats }))
    await Promise.all(sockets.map((socket) => connected(socket, endpoint)))
    return async () => {
      await pause(messages)
      return perLink(before, links)
    }
  },
}

async function connected(socket: Dealer, endpoint: string): Promise<void> {
  const { events } = socket
  socket.connect(endpoint)
  while ((await events.receive()).type !== 'handshake');
}
