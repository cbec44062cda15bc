import { expect, test } from 'vitest'
import { setupNeeded } from '../../../scripts/with-setup.mjs'

const wanted = {
  '': { version: '0.1.0' },
  'node_modules/zeromq': { version: '6.8.0', integrity: 'sha512-a' },
  'node_modules/other-platform': { version: '1.0.0', integrity: 'sha512-b', optional: true },
}

test('nothing is installed when everything that the lock file names is there', () => {
  expect(setupNeeded(wanted, { 'node_modules/zeromq': wanted['node_modules/zeromq'] })).toBe(false)
})

test('a fresh clone needs its set-up', () => {
  expect(setupNeeded(wanted, undefined)).toBe(true)
})

test('a missing package needs the set-up', () => {
  expect(setupNeeded(wanted, {})).toBe(true)
})

test('another version or other bytes of a package need the set-up', () => {
  const newer = { version: '6.9.0', integrity: 'sha512-a' }
  const changed = { version: '6.8.0', integrity: 'sha512-z' }
  expect(setupNeeded(wanted, { 'node_modules/zeromq': newer })).toBe(true)
  expect(setupNeeded(wanted, { 'node_modules/zeromq': changed })).toBe(true)
})
