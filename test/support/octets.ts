/** Octets by their hexadecimal digits, and refusals by their rule. */
import { expect } from 'vitest'
import { DecodeError, encode } from '@sluice/core'

/** The octets of hexadecimal digits, among which blanks mean nothing. */
export function octets(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
}

/** How a value is written, in hexadecimal digits. */
export function hexOf(value: unknown): string {
  return Buffer.from(encode(value)).toString('hex')
}

/** Fails unless the octets are refused by the rule, in words that tell what and where. */
export function expectRefusal(action: () => unknown, rule: string, words: RegExp): void {
  expect(action).toThrow(DecodeError)
  expect(action).toThrow(expect.objectContaining({ rule, code: 'ERR_SLUICE_DECODE' }))
  expect(action).toThrow(words)
}
