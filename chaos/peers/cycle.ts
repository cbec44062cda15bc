/** Opens and closes links of one pattern, one after the other, and samples what the process holds: `cycle.ts <pattern> <cycles>`. */
import { Consumer, Producer, Puller, Pusher, Replier, Requester } from '@sluice/patterns'
import { sample } from '../harness/sample.ts'

const [, , pattern = '', cycles = '100'] = process.argv
const samples = 20
const bind = 'tcp://127.0.0.1:*'

/** One link that carries a message, opened and drained. */
const links: Readonly<Record<string, () => Promise<void>>> = {
  async backpressure() {
    await using consumer = new Consumer({ bind, senders: 1 })
    await using producer = new Producer({ connect: await consumer.endpoints() })
    void producer.send(1)
    for await (const _ of consumer) void producer.drain()
  },
  async 'request-reply'() {
    await using replier = new Replier({ bind }, () => 1)
    await using requester = new Requester({ connect: await replier.endpoints() })
    await requester.request(1)
  },
  async 'fire-and-forget'() {
    await using puller = new Puller({ bind, senders: 1 })
    await using pusher = new Pusher({ connect: await puller.endpoints() })
    await pusher.ready()
    void pusher.send(1)
    void pusher.drain()
    for await (const _ of puller);
  },
}

const link = links[pattern]
if (link === undefined) throw new Error(`there is no pattern ${pattern}`)
for (let n = 1; n <= Number(cycles); n++) {
  await link()
  if (n % Math.ceil(Number(cycles) / samples) === 0) process.send?.(sample())
}
process.disconnect?.()
