/**
 * Sockets with nothing to do: each has sent one message and had an answer, and its connection is watched by its events and by
 * heartbeats, as ours are. What libzmq and zeromq.js take by themselves.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { Context, Dealer, Router } from 'zeromq'
import { perLink } from '../harness/per-link.ts'
import type { PairSubject, Run } from '../subject.ts'

const heartbeats = { heartbeatInterval: 1_000, heartbeatTimeout: 3_000 }
/** About as long as what sides say when they meet. */
const greeting = Buffer.alloc(100)

export const subject: PairSubject = {
  async receive({ endpoint, messages, inFlight: links }) {
    const before = process.memoryUsage.rss()
    const socket = new Router(heartbeats)
    await socket.bind(endpoint)
    void answer(socket)
    const run: Run = async () => {
      await pause(messages)
      return () => perLink(before, links)
    }
    return { endpoint: socket.lastEndpoint ?? endpoint, run }
  },

  async send({ endpoint, messages, inFlight: links }) {
    const before = process.memoryUsage.rss()
    const context = new Context({ maxSockets: 4 * links + 16 })
    const sockets = Array.from({ length: links }, () => new Dealer({ context, ...heartbeats }))
    await Promise.all(sockets.map((socket) => greet(socket, endpoint)))
    return async () => {
      await pause(messages)
      for (const socket of sockets) if (socket.closed) throw new Error('a socket was closed')
      return () => perLink(before, links)
    }
  },
}

async function answer(socket: Router): Promise<void> {
  for await (const frames of socket) await socket.send(frames)
}

async function greet(socket: Dealer, endpoint: string): Promise<void> {
  const { events } = socket
  socket.connect(endpoint)
  while ((await events.receive()).type !== 'handshake');
  await socket.send(greeting)
  await socket.receive()
  // Reading on, as everybody does who waits for messages.
  socket.receive().catch(() => undefined)
  events.receive().catch(() => undefined)
}
