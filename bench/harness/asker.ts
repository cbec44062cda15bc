/** The asking side of our requests. */
import type { Limits } from '@sluice/core'
import { Requester } from '@sluice/patterns'
import { ring, shapeOf } from '../shapes.ts'
import type { Run, Work } from '../subject.ts'
import { asking } from './asking.ts'

/** Opens a requester and resolves, once a replier is there, to what asks for every message. */
export async function asker(work: Work, limits?: Partial<Limits>): Promise<Run> {
  const requester = new Requester({
    connect: work.endpoint,
    trusted: true,
    inFlight: work.inFlight,
    limits,
  })
  await requester.ready()
  const values = ring(shapeOf(work.shape))
  return () => asking(work, values, (value) => requester.request(value))
}
