import { MessageStream } from '@sluice/core'
import type { Delivery, OnLeave, Outcome } from '@sluice/core'
import { describe, expect, it } from 'vitest'

const settled: [unknown, Outcome][] = []

function delivery(...values: readonly unknown[]): Delivery {
  return {
    values,
    headers: undefined,
    redelivered: false,
    signal: () => undefined,
    settle: (index, outcome) => void settled.push([values[index], outcome]),
  }
}

function stream(onLeave: OnLeave = 'finish'): MessageStream<number> {
  settled.length = 0
  return new MessageStream<number>(onLeave)
}

describe('a stream of messages', () => {
  it('finishes a message when the next is asked for', async () => {
    const messages = stream()
    messages.push(delivery(1, 2))
    messages.push(delivery(3))
    const loop = messages.messages()
    expect(await loop.next()).toEqual({ value: 1, done: false })
    expect(settled).toEqual([])
    expect(messages.length).toBe(2)
    expect(await loop.next()).toEqual({ value: 2, done: false })
    expect(settled).toEqual([[1, 'delivered']])
    await loop.next()
    messages.end()
    expect(await loop.next()).toEqual({ value: undefined, done: true })
    expect(settled).toEqual([1, 2, 3].map((value) => [value, 'delivered']))
  })

  it.each([
    ['finish', [[1, 'delivered']]],
    ['leave', []],
  ] as const)(
    'does with the message in hand what it is told to (%s) when a loop is left',
    async (onLeave, expected) => {
      const messages = stream(onLeave)
      messages.push(delivery(1, 2))
      for await (const message of messages.messages()) {
        expect(message).toBe(1)
        break
      }
      expect(settled).toEqual(expected)
      // A later loop goes on behind it.
      expect((await messages.messages().next()).value).toBe(2)
    },
  )

  it('hands what comes to those who wait, in order, each to one', async () => {
    const messages = stream()
    const loops = [messages.messages(), messages.messages(), messages.messages()]
    const waiting = loops.map((loop) => loop.next())
    messages.push(delivery('a', 'b'))
    messages.push(delivery('c'))
    expect((await Promise.all(waiting)).map(({ value }) => value as unknown)).toEqual(['a', 'b', 'c'])
  })

  it('ends loops that wait, or fails them with the error', async () => {
    const ended = stream()
    const waiting = ended.messages().next()
    ended.end()
    expect((await waiting).done).toBe(true)
    const failed = stream()
    const error = new Error('broken')
    const other = failed.messages().next()
    failed.end(error)
    await expect(other).rejects.toBe(error)
    await expect(failed.messages().next()).rejects.toBe(error)
  })

  it('rejects with the reason of a signal, once, and keeps what comes for others', async () => {
    const messages = stream()
    const abort = new AbortController()
    const loop = messages.messages({ signal: abort.signal })
    const waiting = loop.next()
    const reason = new Error('enough')
    abort.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    messages.push(delivery(1))
    expect(messages.length).toBe(1)
    await expect(loop.next()).rejects.toBe(reason)
    expect((await messages.messages().next()).value).toBe(1)
  })

  it('gives headers beside messages to who asks for them, and back what nobody has taken', async () => {
    const messages = stream()
    messages.push({ ...delivery(1, 2), headers: [{ id: 'x' }, undefined], redelivered: true })
    const loop = messages.received()
    expect((await loop.next()).value).toEqual({ message: 1, headers: { id: 'x' }, redelivered: true })
    expect([...messages.clear()].map(({ index }) => index)).toEqual([1])
    expect(messages.length).toBe(0)
  })
})
