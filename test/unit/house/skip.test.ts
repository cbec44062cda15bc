import { afterEach, expect, test, vi } from 'vitest'
import type { TestContext } from 'vitest'
import { has, needs } from '../../support/skip.ts'

const notes: (string | undefined)[] = []
const context = {
  skip(note?: string): never {
    notes.push(note)
    throw new Error('skipped')
  },
} as unknown as TestContext

afterEach(() => {
  notes.length = 0
  vi.unstubAllEnvs()
})

test('a command that answers is had, one that does not exist is not', () => {
  expect(has('node')).toBe(true)
  expect(has('no-such-command-anywhere')).toBe(false)
})

test('what is there is not skipped', () => {
  needs(context, 'node', true)
  expect(notes).toEqual([])
})

test('what is missing is skipped with its reason', () => {
  vi.stubEnv('CI', undefined)
  expect(() => needs(context, 'python3', false)).toThrow('skipped')
  expect(notes).toEqual(['needs python3'])
})

test('what is missing fails where CI=true', () => {
  vi.stubEnv('CI', 'true')
  expect(() => needs(context, 'python3', false)).toThrow('needs python3, which CI must provide')
  expect(notes).toEqual([])
})
