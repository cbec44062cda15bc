/** Messages near the largest that a socket takes, sent in one go: none shares a frame that the other side would refuse. */
import { EncodeError } from '@sluice/core'
import { Consumer, Producer, Puller, Pusher, Replier, Requester } from '@sluice/patterns'
import { describe, expect, it } from 'vitest'

const limits = { maxMessageBytes: 100_000 }
const bind = 'tcp://127.0.0.1:*'
/** Small enough not to fill a frame by themselves, and too large to share one. */
const sizes = [60_000, 90_000, 50_000, 99_000, 10]
const messages = (): Uint8Array[] => sizes.map((size) => new Uint8Array(size))
const tooLarge = new Uint8Array(100_001)
const refused = /at most 100000 \(limits\.maxMessageBytes/

describe('messages that together are larger than maxMessageBytes', () => {
  it('arrive by backpressure, and one that is larger alone is refused', async () => {
    await using consumer = new Consumer<Uint8Array>({ bind, limits, senders: 1, highWaterMark: 50 })
    const [endpoint = ''] = await consumer.endpoints()
    await using producer = new Producer<Uint8Array>({ connect: endpoint, limits })
    const seen: number[] = []
    const reading = (async () => {
      for await (const message of consumer) seen.push(message.length)
    })()
    await producer.ready()
    await Promise.all(messages().map((message) => producer.send(message)))
    const error: unknown = await producer.send(tooLarge).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(EncodeError)
    expect((error as Error).message).toMatch(refused)
    await producer.drain()
    await reading
    expect(seen).toEqual(sizes)
    expect(producer.stats()).toMatchObject({ accepted: sizes.length, redelivered: 0 })
  })

  it('arrive by fire-and-forget, and one that is larger alone is refused', async () => {
    await using puller = new Puller<Uint8Array>({ bind, limits, senders: 1 })
    const [endpoint = ''] = await puller.endpoints()
    await using pusher = new Pusher<Uint8Array>({ connect: endpoint, limits })
    await pusher.ready()
    await Promise.all(messages().map((message) => pusher.send(message)))
    await expect(pusher.send(tooLarge)).rejects.toThrow(refused)
    await pusher.drain()
    const seen: number[] = []
    for await (const message of puller) seen.push(message.length)
    expect(seen).toEqual(sizes)
  })

  it('are asked and answered by request-reply, and one that is larger alone is refused', async () => {
    await using replier = new Replier<Uint8Array, Uint8Array>({ bind, limits }, (message) => message)
    const [endpoint = ''] = await replier.endpoints()
    await using requester = new Requester<Uint8Array, Uint8Array>({ connect: endpoint, limits, retries: 0 })
    // From the second on they may share frames, both ways.
    for (let round = 0; round < 2; round++) {
      const replies = await Promise.all(messages().map((message) => requester.request(message)))
      expect(replies.map(({ length }) => length)).toEqual(sizes)
    }
    await expect(requester.request(tooLarge)).rejects.toThrow(refused)
  })
})
