/** One way through a broker: its server belongs to the receiving side, and its processor time counts. */
import type { PairSubject, Run, Work } from '../../subject.ts'
import type { Server } from './server.ts'

export interface Brokered {
  start(): Promise<Server>
  /** Subscribes; resolves to a function that resolves when `work.messages` were handled. */
  receive(port: number, work: Work): Promise<() => Promise<void>>
  /** Connects; resolves to a function that sends everything. */
  send(port: number, work: Work): Promise<() => Promise<void>>
}

/** Makes a subject of two processes and a server. */
export function brokered({ start, receive, send }: Brokered): PairSubject {
  return {
    async receive(work) {
      const server = await start()
      const handled = await receive(server.port, work)
      const before = server.cpuMs()
      const run: Run = async () => {
        await handled()
        const othersCpuMs = server.cpuMs() - before
        await server[Symbol.asyncDispose]()
        return { othersCpuMs }
      }
      return { endpoint: `tcp://127.0.0.1:${server.port}`, run }
    },
    send: (work) => send(Number(work.endpoint.split(':')[2]), work),
  }
}
