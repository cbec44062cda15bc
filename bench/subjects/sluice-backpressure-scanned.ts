/** Ours between programs that did not start each other: what comes is scanned before it is decoded. */
import { Consumer } from '@sluice/patterns'
import { counted } from '../harness/counted.ts'
import type { PairSubject } from '../subject.ts'
import { subject as trusting } from './sluice-backpressure.ts'

export const subject: PairSubject = {
  async receive({ endpoint, messages }) {
    const consumer = new Consumer({ bind: endpoint })
    const [bound = endpoint] = await consumer.endpoints()
    return { endpoint: bound, run: () => counted(consumer, messages) }
  },

  send: (work) => trusting.send(work),
}
