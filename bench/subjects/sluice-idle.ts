/** Ours with nothing to do: as many links as `inFlight` says, which are watched for `messages` milliseconds. */
import { setTimeout as pause } from 'node:timers/promises'
import { Consumer, Producer } from '@sluice/patterns'
import { perLink } from '../harness/per-link.ts'
import type { PairSubject, Run } from '../subject.ts'

const trusted = true

export const subject: PairSubject = {
  async receive({ endpoint, messages, inFlight: links }) {
    const before = process.memoryUsage.rss()
    const consumer = new Consumer({ bind: endpoint, trusted })
    consumer.start(() => undefined)
    const [bound = endpoint] = await consumer.endpoints()
    const run: Run = async () => {
      await pause(messages)
      return () => perLink(before, links)
    }
    return { endpoint: bound, run }
  },

  async send({ endpoint, messages, inFlight: links }) {
    const before = process.memoryUsage.rss()
    const producers = Array.from({ length: links }, () => new Producer({ connect: endpoint, trusted }))
    await Promise.all(producers.map((producer) => producer.ready()))
    return async () => {
      await pause(messages)
      return () => perLink(before, links)
    }
  },
}
