/** A producer that awaits a thousand sends at a time, with an outbox or without. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OutboxSync } from '@sluice/core'
import { Producer } from '@sluice/patterns'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'
import { subject as bare } from '../subjects/sluice-backpressure.ts'

const burst = 1_000

/** Sends in bursts, each stored under this policy in a folder of the run; in no outbox where there is none. */
export function inBursts(sync: OutboxSync | undefined): PairSubject {
  return {
    receive: (work) => bare.receive(work),

    async send({ endpoint, shape, messages }) {
      const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
      const outbox = sync === undefined ? undefined : { path: folder, sync }
      const producer = new Producer({ connect: endpoint, trusted: true, outbox })
      const values = ring(shapeOf(shape))
      return async () => {
        for (let from = 0; from < messages; from += burst) {
          const count = Math.min(burst, messages - from)
          await Promise.all(Array.from({ length: count }, (_, at) => producer.send(values[at & 1023])))
        }
        await producer.drain()
        await rm(folder, { recursive: true })
      }
    },
  }
}
