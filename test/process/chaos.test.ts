/** The short form of `npm run chaos`: what is broken here is broken for real, and what was promised holds. */
import { describe, expect, it } from 'vitest'
import { faults } from '../../chaos/faults.ts'
import { needs } from '../support/skip.ts'

/** The others are one of these over another transport or with another pattern, and too long. */
const short = [
  'killed-receivers-backpressure-tcp',
  'killed-receivers-request-reply-ipc',
  'killed-senders-backpressure',
  'frozen',
  'blocked-request-reply',
  'flood',
]

describe('chaos', () => {
  it.each(short)('%s: every promise holds', async (name) => {
    const fault = faults.find((one) => one.name === name)
    expect((await fault?.run('short'))?.broken).toEqual([])
  })

  it('what a fault needs of the machine is had or said', (context) => {
    const lacks = faults.flatMap((fault) => fault.lacks?.() ?? [])
    needs(context, lacks.join(', '), lacks.length === 0)
  })
})
