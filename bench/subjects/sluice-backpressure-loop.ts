/** Ours, read by `for await`: a message is finished when the loop asks for the next. */
import { Consumer } from '@sluice/patterns'
import type { PairSubject } from '../subject.ts'
import { subject as handled } from './sluice-backpressure.ts'

export const subject: PairSubject = {
  async receive({ endpoint }) {
    const consumer = new Consumer({ bind: endpoint, trusted: true, senders: 1 })
    const [bound = endpoint] = await consumer.endpoints()
    const run = async (): Promise<{ arrived: number }> => {
      let arrived = 0
      for await (const message of consumer) if (message !== undefined) arrived++
      return { arrived }
    }
    return { endpoint: bound, run }
  },

  send: (work) => handled.send(work),
}
