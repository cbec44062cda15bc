import { Replier, Requester } from '@sluice/patterns'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'

/** So often nothing else turns the event loop of a test within a moment. */
const often = 10_000

function turns(): number {
  return performance.nodeTiming.uvMetricsInfo.loopCount
}

/** Resolves once the event loop has turned that often, however long that takes. */
async function turnedOften(): Promise<void> {
  const from = turns()
  while (turns() < from + often) await pause(10)
}

/** How often it turns while twenty short pauses pass. */
async function turnsOfTwentyPauses(): Promise<number> {
  const from = turns()
  for (let n = 0; n < 20; n++) await pause(10)
  return turns() - from
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
    await turnedOften()
    await requester.close()
    await replier.close()
    expect(await turnsOfTwentyPauses()).toBeLessThan(often)
  })

  it('lets the thread sleep once the time is over', async () => {
    for (const busyPollMs of [1, 0]) {
      const { requester, replier } = await answered(busyPollMs)
      expect(await turnsOfTwentyPauses()).toBeLessThan(often)
      await requester.close()
      await replier.close()
    }
  })
})
