/** A subject whose two sides are programs in another language; their processor time is what they say themselves. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { ring, shapeOf } from '../../shapes.ts'
import type { PairSubject, Run, Work } from '../../subject.ts'

/** Makes a subject of a command that takes `receive|send ENDPOINT MESSAGES`, and messages to send on its first line. */
export function foreign(commandOf: () => readonly [string, ...string[]]): PairSubject {
  const start = async (role: 'receive' | 'send', work: Work): Promise<{ first: string; run: Run }> => {
    const [command, ...args] = commandOf()
    const child = spawn(command, [...args, role, work.endpoint, String(work.messages)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    process.once('exit', () => child.kill('SIGKILL'))
    child.stdin.write(`${JSON.stringify(ring(shapeOf(work.shape)))}\n`)
    const ended = once(child, 'exit') as Promise<[number | null]>
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    const next = async (): Promise<string> => {
      const line = (await lines.next()) as IteratorResult<string, undefined>
      if (line.done === true)
        throw new Error(`${command} ended with ${String((await ended)[0])} before it was done`)
      return line.value
    }
    const first = await next()
    const run: Run = async () => {
      child.stdin.write('go\n')
      const { cpuMs } = JSON.parse(await next()) as { cpuMs: number }
      return { othersCpuMs: cpuMs }
    }
    return { first, run }
  }
  return {
    async receive(work) {
      const { first, run } = await start('receive', work)
      return { endpoint: first, run }
    },
    async send(work) {
      return (await start('send', work)).run
    },
  }
}
