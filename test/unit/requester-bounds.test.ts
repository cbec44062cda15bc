/** What a requester takes while nobody answers: its memory is bounded by bytes too. */
import { FullError } from '@sluice/core'
import { Replier, Requester } from '@sluice/patterns/request-reply'
import { expect, it } from 'vitest'

const kib = new Uint8Array(1_024)
const bind = 'tcp://127.0.0.1:*'

it('refuses a request beyond its bytes, gives it back, and takes more once some are answered', async () => {
  const requester = new Requester<Uint8Array>({ bind, highWaterMarkBytes: 4_096 })
  const waiting = Array.from({ length: 4 }, () => requester.request(kib))
  const error: unknown = await requester.request(kib).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(FullError)
  expect(error).toMatchObject({ undelivered: kib, message: expect.stringContaining('highWaterMarkBytes') })
  await using replier = new Replier({ connect: await requester.endpoints() }, () => 'done')
  expect(await Promise.all(waiting)).toEqual(['done', 'done', 'done', 'done'])
  expect(await requester.request(kib)).toBe('done')
  expect(replier.stats().received).toBe(5)
  await requester.close()
})

it('lets what a link offers beyond its bytes wait, and one message always go', async () => {
  const requester = new Requester<Uint8Array>({ bind, highWaterMarkBytes: 100 })
  expect(requester.offer(kib, undefined, undefined)).toBe(true)
  const offered = requester.offer(kib, undefined, undefined)
  expect(offered).toBeInstanceOf(Promise)
  await using replier = new Replier({ connect: await requester.endpoints() }, () => undefined)
  await offered
  await requester.drain()
  expect(requester.stats()).toMatchObject({ accepted: 2, delivered: 2 })
  expect(replier.stats().received).toBe(2)
})
