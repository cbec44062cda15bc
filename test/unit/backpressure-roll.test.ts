import { describe, expect, it } from 'vitest'
import { Roll } from '../../packages/patterns/src/backpressure/roll.ts'
import type { Present } from '../../packages/patterns/src/backpressure/roll.ts'

const present = (sender: string, ended: boolean, complete = ended): Present => ({ sender, ended, complete })

describe('the roll of senders', () => {
  it('has not ended before anybody came', () => {
    expect(new Roll(undefined).ended([])).toBe(false)
    expect(new Roll(1).ended([])).toBe(false)
  })

  it('has ended when all that ever came have', () => {
    const roll = new Roll(undefined)
    roll.open('a')
    roll.open('b')
    expect(roll.ended([present('a', true), present('b', false)])).toBe(false)
    roll.end('a')
    expect(roll.ended([present('b', true)])).toBe(true)
  })

  it('waits for a sender that is gone without an end', () => {
    const roll = new Roll(undefined)
    roll.open('a')
    expect(roll.ended([])).toBe(false)
    roll.leave('a')
    expect(roll.ended([])).toBe(true)
  })

  it('waits for the number that is expected, whoever left', () => {
    const roll = new Roll(2)
    roll.open('a')
    roll.leave('a')
    expect(roll.ended([])).toBe(false)
    roll.end('a')
    roll.end('a')
    expect(roll.ended([])).toBe(false)
    roll.open('b')
    expect(roll.ended([present('b', true)])).toBe(true)
  })

  it('waits again for a sender that ended and has come back', () => {
    const roll = new Roll(1)
    roll.open('a')
    roll.end('a')
    roll.open('a')
    expect(roll.ended([present('a', false)])).toBe(false)
  })

  it('asks only those that are here when nobody comes any more', () => {
    const roll = new Roll(3)
    roll.open('a')
    roll.open('b')
    roll.noMore()
    expect(roll.ended([present('a', false)])).toBe(false)
    expect(roll.ended([present('a', true)])).toBe(true)
    expect(roll.ended([])).toBe(true)
  })

  it('is complete before it has ended', () => {
    const roll = new Roll(1)
    roll.open('a')
    expect(roll.complete([present('a', false, true)])).toBe(true)
    expect(roll.ended([present('a', false, true)])).toBe(false)
  })
})
