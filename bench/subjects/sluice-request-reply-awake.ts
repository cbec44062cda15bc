/** Our requests, with a requester that stays awake while it waits: `limits.busyPollMs`. */
import { asker } from '../harness/asker.ts'
import type { PairSubject } from '../subject.ts'
import { subject as asleep } from './sluice-request-reply.ts'

export const subject: PairSubject = {
  receive: (work) => asleep.receive(work),
  send: (work) => asker(work, { busyPollMs: 1 }),
}
