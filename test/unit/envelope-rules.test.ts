/** What stands beside a payload, rule by rule. */
import { describe, expect, test } from 'vitest'
import { argsOf, commandFrame, commandOf, decodeHeaders, encodeHeaders } from '@sluice/core'
import { expectRefusal, octets } from '../support/octets.ts'

describe('ENV-9 headers are as many as messages', () => {
  test('ENV-9 each is a map or nil', () => {
    const frame = encodeHeaders([{ id: 'a' }, undefined, {}]) as Uint8Array
    expect(decodeHeaders(frame, 3)).toEqual([{ id: 'a' }, undefined, {}])
    expectRefusal(() => decodeHeaders(octets('8001'), 2), 'ENV-9', /headers of message 1/)
    expectRefusal(() => decodeHeaders(octets('90'), 1), 'ENV-9', /neither a map nor nil/)
    expectRefusal(() => decodeHeaders(octets('d6ff00000001'), 1), 'ENV-9', /neither a map nor nil/)
  })

  test('ENV-9 another count is refused', () => {
    expectRefusal(() => decodeHeaders(octets('80'), 2), 'ENV-9', /1 headers beside 2 messages/)
    expectRefusal(() => decodeHeaders(octets('c0c0'), 1), 'ENV-9', /2 headers beside 1 messages/)
  })

  test('ENV-9 no frame is made where no message has any', () => {
    expect(encodeHeaders([undefined, undefined])).toBeUndefined()
  })
})

describe('ENV-13 a command is 1 to 32 octets of visible ASCII', () => {
  test('ENV-13 it is read as it was written', () => {
    expect(commandOf(commandFrame('DATA'))).toBe('DATA')
    expect(commandOf(commandFrame('X'.repeat(32)))).toBe('X'.repeat(32))
  })

  test('ENV-13 anything else is refused', () => {
    expectRefusal(() => commandOf(undefined), 'ENV-13', /no command/)
    expectRefusal(() => commandOf(octets('')), 'ENV-13', /no command/)
    expectRefusal(() => commandOf(octets('41'.repeat(33))), 'ENV-13', /33 octets/)
    expectRefusal(() => commandOf(octets('4120')), 'ENV-13', /not visible ASCII/)
    expectRefusal(() => commandOf(octets('41c3a9')), 'ENV-13', /not visible ASCII/)
  })

  test('ENV-13 arguments stand behind it', () => {
    expectRefusal(() => argsOf(undefined), 'ENV-1', /no arguments frame/)
  })
})

describe('ENV-18 headers with a meaning keep their type', () => {
  test('ENV-18 they arrive as they were sent, and so do those of the user', () => {
    const headers = {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      deadline: new Date(1732300000123),
      attempt: 2,
      id: 'a',
      error: { code: 'ERR_X', message: 'no' },
      mine: [1],
    }
    expect(decodeHeaders(encodeHeaders([headers]) as Uint8Array, 1)).toEqual([headers])
  })
})
