import { array, assert, constantFrom, nat, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { connectionEvent, Connections } from '../../packages/core/src/zeromq/connections.ts'
import type { ConnectionEvent } from '../../packages/core/src/zeromq/connections.ts'

/** What libzmq tells of one connection; a failure and its disconnect come together. */
const lives = {
  stays: [['begin'], ['handshake']],
  leaves: [['begin'], ['handshake'], ['disconnect']],
  garbage: [['begin'], ['failure', 'disconnect']],
  'wrong type': [['begin'], ['disconnect']],
} as const satisfies Readonly<Record<string, readonly (readonly ConnectionEvent[])[]>>

describe('the count of connections', () => {
  it('knows the events of zeromq.js that matter', () => {
    expect(connectionEvent('accept')).toBe('begin')
    expect(connectionEvent('connect')).toBe('begin')
    expect(connectionEvent('handshake:error:auth')).toBe('failure')
    expect(connectionEvent('listening')).toBeUndefined()
  })

  it('is right once no connection is in its handshake, whatever came and went meanwhile', () => {
    const life = constantFrom(...(Object.keys(lives) as (keyof typeof lives)[]))
    assert(
      property(
        array(life, { maxLength: 12 }),
        array(nat(), { minLength: 40, maxLength: 40 }),
        (names, picks) => {
          const connections = new Connections()
          const left = names.map((name) => [...lives[name]])
          // Interleaves the connections as `picks` says, each of them in its own order, to the end.
          for (let step = 0; left.some((rest) => rest.length > 0); step++) {
            const rest = left.filter(({ length }) => length > 0)
            const next = rest[(picks[step % picks.length] ?? 0) % rest.length]?.shift()
            for (const event of next ?? []) connections.take(event)
          }
          expect(connections.live).toBe(names.filter((name) => name === 'stays').length)
        },
      ),
    )
  })
})
