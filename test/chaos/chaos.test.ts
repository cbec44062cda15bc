/** The short form of `npm run chaos`: what is broken here is broken for real, and what was promised holds. */
import { describe, expect, it } from 'vitest'
import { faults } from '../../chaos/faults.ts'
import { needs } from '../support/skip.ts'

/** The others are one of these over another transport or with another pattern, and too long. */
const short = [
  'killed-receivers-backpressure-tcp',
  'killed-receivers-request-reply-ipc',
  'frozen',
  'blocked-request-reply',
  'flood',
  'overrun',
  'partitions-backpressure',
]

describe('chaos', () => {
  it.for(short)('%s: every promise holds', async (name, context) => {
    const fault = faults.find((one) => one.name === name)
    const lack = fault?.lacks?.()
    needs(context, lack ?? '', lack === undefined)
    expect((await fault?.run('short'))?.broken).toEqual([])
  })
})
