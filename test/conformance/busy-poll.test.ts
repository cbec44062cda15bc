import { Replier, Requester } from '@sluice/patterns'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'

const { nodeTiming } = performance

/** How often the event loop turns while twenty short pauses pass. */
async function turnsOfTwentyPauses(): Promise<number> {
  const before = nodeTiming.uvMetricsInfo.loopCount
  for (let n = 0; n < 20; n++) await pause(10)
  return nodeTiming.uvMetricsInfo.loopCount - before
}

async function answered(busyPollMs: number): Promise<{ requester: Requester; replier: Replier }> {
  const replier = new Replier({ bind: 'tcp://127.0.0.1:*' }, (dish) => dish)
  const requester = new Requester({ connect: await replier.endpoints(), limits: { busyPollMs } })
  expect(await requester.request('salad')).toBe('salad')
  return { requester, replier }
}

describe('busyPollMs', () => {
  it('keeps the event loop turning after a message, until the socket is closed', async () => {
    const { requester, replier } = await answered(1_000)
    expect(await turnsOfTwentyPauses()).toBeGreaterThan(1_000)
    await requester.close()
    await replier.close()
    expect(await turnsOfTwentyPauses()).toBeLessThan(1_000)
  })

  it('lets the thread sleep once the time is over', async () => {
    for (const busyPollMs of [1, 0]) {
      const { requester, replier } = await answered(busyPollMs)
      expect(await turnsOfTwentyPauses()).toBeLessThan(1_000)
      await requester.close()
      await replier.close()
    }
  })
})
