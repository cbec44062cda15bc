import { expect, it } from 'vitest'
import { Chain } from '../../packages/core/src/stage/chain.ts'
import type { Origin } from '../../packages/core/src/stage/chain.ts'

function recorder(): { origin: Origin; log: string[] } {
  const log: string[] = []
  const origin: Origin = {
    redelivered: false,
    signal: () => undefined,
    settle: (index, outcome) => void log.push(`${index} ${outcome}`),
    handled: (index, settled) => void log.push(`${index} handled${settled ? ', settled before' : ''}`),
  }
  return { origin, log }
}

it('a message that led to nothing is settled before it is said to be handled', () => {
  const { origin, log } = recorder()
  const chain = new Chain(origin, 3, false)
  chain.begin()
  chain.end('delivered', undefined)
  expect(log).toEqual(['3 delivered', '3 handled, settled before'])
})

it('a message that led to others is handled first and settled with the last of them', () => {
  const { origin, log } = recorder()
  const chain = new Chain(origin, 3, false)
  chain.begin()
  chain.handOn()
  chain.end('delivered', undefined)
  expect(log).toEqual(['3 handled'])
  chain.settle('delivered')
  expect(log).toEqual(['3 handled', '3 delivered'])
})
