import {
  abortable,
  ClosedError,
  deadline,
  Gate,
  Lifecycle,
  LinkError,
  StateError,
  TimeoutError,
} from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { HandClock } from '../support/hand-clock.ts'

describe('a life', () => {
  it('moves only forward, and says whose call moved it', async () => {
    const life = new Lifecycle('Pusher')
    expect(life.state).toBe('open')
    expect(life.drain()).toBe(true)
    expect(life.drain()).toBe(false)
    expect(life.state).toBe('draining')
    expect(life.close()).toBe(true)
    expect(life.close(new LinkError('too late'))).toBe(false)
    expect(life.drain()).toBe(false)
    expect(life.state).toBe('closed')
    expect(await life.closed).toBeUndefined()
  })

  it('keeps the error that ended it', async () => {
    const life = new Lifecycle('Pusher')
    const error = new LinkError('address in use')
    life.close(error)
    expect(await life.closed).toBe(error)
  })

  it('says what came too late and when it is allowed', () => {
    const life = new Lifecycle('Requester')
    life.assertOpen('request()')
    life.drain()
    expect(() => life.assertOpen('request()')).toThrow(StateError)
    expect(() => life.assertOpen('request()')).toThrow(
      'Requester: request() came when it was already draining; request() is allowed while it is open, that is before drain() or close()',
    )
    life.assertNotClosed('stats()')
    life.close()
    expect(() => life.assertNotClosed('resume()')).toThrow(/already closed.*before close\(\)/)
  })
})

describe('a gate', () => {
  it('lets through who waits and who comes while it is open', async () => {
    const gate = new Gate()
    const waiting = gate.wait(undefined)
    gate.open()
    await waiting
    await gate.wait(undefined)
    gate.shut()
    const again = gate.wait(undefined)
    gate.open()
    await again
  })

  it('turns away with the reason of a signal, and for good with a failure', async () => {
    const gate = new Gate()
    const abort = new AbortController()
    const waiting = gate.wait(abort.signal)
    const reason = new Error('enough')
    abort.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    await expect(gate.wait(abort.signal)).rejects.toBe(reason)
    const failing = gate.wait(undefined)
    const failure = new ClosedError('closed')
    gate.fail(() => failure)
    await expect(failing).rejects.toBe(failure)
    await expect(gate.wait(undefined)).rejects.toBe(failure)
  })
})

describe('a gate with nobody to turn away', () => {
  it('makes no error', () => {
    const gate = new Gate()
    let made = 0
    gate.fail(() => {
      made++
      return new ClosedError('closed')
    })
    expect(made).toBe(0)
  })
})

describe('a wait that can be given up', () => {
  it('settles as what it waits for when no signal aborts', async () => {
    const { signal } = new AbortController()
    expect(await abortable(Promise.resolve(1), undefined)).toBe(1)
    expect(await abortable(Promise.resolve(2), signal)).toBe(2)
    const error = new Error('broken')
    await expect(abortable(Promise.reject(error), signal)).rejects.toBe(error)
  })

  it('rejects with the reason as it is, and lets a later failure be nobody’s business', async () => {
    const late = Promise.withResolvers<void>()
    const abort = new AbortController()
    const waiting = abortable(late.promise, abort.signal)
    abort.abort('any reason')
    await expect(waiting).rejects.toBe('any reason')
    late.reject(new Error('nobody hears'))
    const never = new Promise<void>(() => {})
    await expect(abortable(never, abort.signal)).rejects.toBe('any reason')
  })
})

describe('a deadline', () => {
  it('aborts with a TimeoutError that says what took too long, unless it is called off', async () => {
    const clock = new HandClock()
    const limit = deadline(clock, 50, 'Pusher: drain()')
    const other = deadline(clock, 50, 'other')
    other[Symbol.dispose]()
    await clock.pass(49)
    expect(limit.signal.aborted).toBe(false)
    await clock.pass(1)
    expect(limit.signal.reason).toBeInstanceOf(TimeoutError)
    expect(String(limit.signal.reason)).toContain('Pusher: drain() took longer than 50 ms')
    expect(other.signal.aborted).toBe(false)
  })
})
