import { RemoteError, StateError, ValueBatch } from '@sluice/core'
import type { Outcome } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { BatchDelivery } from '../../packages/patterns/src/backpressure/delivery.ts'
import { Reception } from '../../packages/patterns/src/backpressure/reception.ts'

const epoch = new Uint8Array(8)

/** A delivery of `count` messages, and what it tells. */
function delivered(count: number, highWaterMark: number | 'auto' = 100, concurrency = 1) {
  const options = {
    side: 'bound',
    identity: 'r',
    compact: true,
    highWaterMark,
    highWaterMarkBytes: 1_000,
    concurrency,
  } as const
  const announced = highWaterMark === 'auto' ? 2 * concurrency : highWaterMark
  const reception = new Reception(options, { epoch, id: 's', next: 0, compact: false }, announced, 0)
  const values = Array.from({ length: count }, (_, n) => n)
  const packet = {
    type: 'data',
    epoch,
    first: 0,
    redelivered: false,
    batch: new ValueBatch(values),
    headers: undefined,
    compact: false,
  } as const
  reception.data(packet, 0)
  const told: [Outcome, number][] = []
  let touched = 0
  let pressed = 0
  const delivery: BatchDelivery = new BatchDelivery(packet, reception, {
    touched: () => void touched++,
    pressed: () => {
      pressed++
      delivery.report()
    },
    ended: (outcome, n) => void told.push([outcome, n]),
  })
  return { delivery, reception, told, counts: () => ({ touched, pressed }) }
}

describe('a delivery', () => {
  it('tells in one go what was settled in order', () => {
    const { delivery, reception, told, counts } = delivered(5)
    for (let index = 0; index < 4; index++) delivery.settle(index, 'delivered')
    expect(told).toEqual([])
    delivery.report()
    expect(told).toEqual([['delivered', 4]])
    expect(counts().touched).toBe(1)
    expect(reception.ack(1)?.ranges).toEqual([[0, 3]])
    delivery.settle(4, 'delivered')
    delivery.report()
    expect(reception.ack(2)?.ranges).toEqual([[4, 4]])
    expect(reception.held).toBe(0)
  })

  it('tells what was settled in any other order, and otherwise', () => {
    const { delivery, reception, told } = delivered(6)
    delivery.settle(3, 'delivered')
    delivery.settle(0, 'delivered')
    delivery.settle(5, 'deadLettered', new Error('no'))
    delivery.settle(1, 'failed', new RemoteError('sour', 'milk'))
    delivery.settle(2, 'delivered')
    delivery.settle(4, 'delivered')
    delivery.report()
    expect(told.reduce((sum, [, count]) => sum + count, 0)).toBe(6)
    const ack = reception.ack(1)
    expect(ack?.ranges).toEqual([
      [0, 0],
      [2, 4],
    ])
    expect(ack?.rejected).toEqual([
      { first: 5, last: 5, code: 'dead-lettered', message: 'no' },
      { first: 1, last: 1, code: 'sour', message: 'milk' },
    ])
  })

  it('refuses to settle a message twice, or one that it does not have', () => {
    const { delivery } = delivered(3)
    delivery.settle(0, 'delivered')
    delivery.settle(2, 'delivered')
    for (const index of [0, 2, 3, -1]) expect(() => delivery.settle(index, 'delivered')).toThrow(StateError)
  })

  it('leaves what is undelivered unacked', () => {
    const { delivery, reception, told } = delivered(2)
    delivery.settle(0, 'undelivered')
    delivery.settle(1, 'delivered')
    delivery.report()
    expect(reception.ack(1)?.ranges).toEqual([[1, 1]])
    expect(told).toEqual([
      ['undelivered', 1],
      ['delivered', 1],
    ])
  })

  it('asks for an ack when half of the window was settled in one go', () => {
    const { delivery, counts } = delivered(10, 10)
    for (let index = 0; index < 10; index++) delivery.settle(index, 'delivered')
    expect(counts().pressed).toBe(2)
  })

  it('makes room in a window that sizes itself for what is handled and waits for acks from further down', () => {
    const { delivery, reception } = delivered(4, 'auto', 2)
    for (let index = 0; index < 4; index++) delivery.handled(index)
    delivery.handled(0)
    delivery.report()
    const mark = reception.ack(1_000)!.highWaterMark
    expect(mark).toBe(4 + 4)
    delivery.settle(0, 'delivered')
    delivery.settle(2, 'delivered')
    delivery.report()
    expect(reception.ack(1_001)?.highWaterMark).toBe(4 + 2)
    delivery.handled(0)
    delivery.settle(1, 'delivered')
    delivery.settle(3, 'delivered')
    delivery.report()
    expect(reception.ack(1_002)?.highWaterMark).toBe(4)
  })

  it('keeps a fixed mark, whatever is handled', () => {
    const { delivery, reception } = delivered(4, 4)
    delivery.handled(0)
    delivery.report()
    expect(reception.ack(1)).toBeUndefined()
  })
})
