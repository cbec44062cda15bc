/** Messages a second between the two languages on backpressure, beside raw pyzmq with msgpack, in interleaved rounds. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Consumer, Producer } from '@sluice/patterns'
import { shapeOf } from '../shapes.ts'

/** The interpreter of scripts/test-python.sh. */
export const python = 'clients/python/.venv/bin/python'

const rounds = 5
const count = 100_000

/** A side in Python; its lines are where it is bound, and how many messages a second it took. */
class Side {
  readonly #lines: AsyncIterator<string>
  readonly #ended: Promise<unknown>

  constructor(...args: readonly string[]) {
    const child = spawn(python, ['bench/figures/python.py', ...args, String(count)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#ended = once(child, 'exit')
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  }

  async line(): Promise<string> {
    return String((await this.#lines.next()).value)
  }

  async ended(): Promise<void> {
    await this.#ended
  }
}

async function toPython(): Promise<number> {
  const side = new Side('consume')
  await using producer = new Producer({ connect: await side.line(), drainTimeoutMs: 600_000 })
  const shape = shapeOf('object-75')
  for (let at = 0; at < count; at++) {
    const sent = producer.send(shape.make(at))
    if (sent !== undefined) await sent
  }
  await producer.drain()
  return Number(await side.line())
}

async function fromPython(): Promise<number> {
  await using consumer = new Consumer({ bind: 'tcp://127.0.0.1:*', senders: 1 })
  const [endpoint = ''] = await consumer.endpoints()
  const side = new Side('produce', endpoint)
  let taken = 0
  let started = 0
  for await (const _ of consumer) if (taken++ === 0) started = performance.now()
  const seconds = (performance.now() - started) / 1_000
  await side.ended()
  return taken / seconds
}

async function inPython(take: string, send: string): Promise<number> {
  const receiver = new Side(take)
  const sender = new Side(send, await receiver.line())
  const rate = Number(await receiver.line())
  await sender.ended()
  return rate
}

/** Prints the median rate of each, and how many times that of raw pyzmq it is. */
export async function pythonFigures(): Promise<void> {
  const subjects = [
    ['raw pyzmq PUSH/PULL with msgpack', () => inPython('pull', 'push')],
    ['TypeScript → Python', toPython],
    ['Python → TypeScript', fromPython],
    ['Python → Python', () => inPython('consume', 'produce')],
  ] as const
  const rates = subjects.map((): number[] => [])
  for (let round = 0; round < rounds; round++)
    for (const [at, [, measure]] of subjects.entries()) rates[at]?.push(await measure())
  const medians = rates.map((many) => many.toSorted((a, b) => a - b)[rounds >> 1] ?? 0)
  console.log(`messages of 75 octets a second, median of ${rounds} interleaved rounds of ${count}:`)
  for (const [at, [name]] of subjects.entries())
    console.log(
      `  ${Math.round(medians[at] ?? 0)}  ${name}, ${((medians[at] ?? 0) / (medians[0] ?? 1)).toFixed(2)} × raw`,
    )
}
