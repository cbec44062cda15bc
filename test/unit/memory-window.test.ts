import { Context } from '@sluice/core'
import { Consumer, Producer } from '@sluice/patterns/backpressure'
import { expect, it } from 'vitest'
import { HandClock, settled } from '../support/hand-clock.ts'

it('a window within one thread is as wide as what is finished in 2 ms, and not in 20', async () => {
  await using context = new Context()
  const clock = new HandClock()
  const consumer = new Consumer({ context, bind: 'memory://near', clock })
  const producer = new Producer({ context, connect: 'memory://near', clock })
  const unfinished: (() => void)[] = []
  consumer.start((delivery) => {
    for (const index of delivery.values.keys()) unfinished.push(() => delivery.settle(index, 'delivered'))
  })
  let sent = 0
  const send = (): Promise<void> => producer.send(sent++).then(send, () => undefined)
  void send()
  let widest = 0
  for (let finished = 0; finished < 4_000; finished++) {
    while (unfinished.length === 0) await settled()
    await clock.pass(0.1)
    unfinished.shift()?.()
    if (finished > 1_000) widest = Math.max(widest, producer.stats().inFlight)
  }
  expect(widest).toBeGreaterThan(10)
  expect(widest).toBeLessThan(100)
  await producer.close()
  await consumer.close()
})
