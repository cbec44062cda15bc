import { describe, expect, it } from 'vitest'
import { LinkError, OptionError, StateError } from '../../packages/core/src/errors.ts'
import { inheritedArguments } from '../../packages/core/src/run/exec-arguments.ts'
import { LineSplitter, Tail } from '../../packages/core/src/run/lines.ts'
import { errorForm, errorOf } from '../../packages/core/src/run/messages.ts'

function travelled(error: unknown): Error {
  return errorOf(JSON.parse(JSON.stringify(errorForm(error))) as ReturnType<typeof errorForm>)
}

describe('an error that travels', () => {
  it.each([
    new OptionError('module', 'no such file'),
    new StateError('too late'),
    new LinkError('in use', { endpoint: 'tcp://127.0.0.1:1', errno: 'EADDRINUSE' }),
  ])('keeps its class, code and fields: $name', (error) => {
    const copy = travelled(error)
    expect(copy).toBeInstanceOf(error.constructor)
    expect(copy).toEqual(error)
    expect(copy.stack).toBe(error.stack)
  })

  it('keeps its name, code and cause when it is not ours', () => {
    const error = Object.assign(new TypeError('bad', { cause: new Error('worse') }), { code: 'E1' })
    expect(travelled(error)).toMatchObject({
      name: 'TypeError',
      message: 'bad',
      code: 'E1',
      cause: { message: 'worse' },
    })
  })

  it('is made of whatever was thrown', () => {
    expect(travelled('a text').message).toBe('a text')
  })

  it('ends where its causes go round in a circle', () => {
    const error = new Error('round')
    error.cause = error
    expect(travelled(error).message).toBe('round')
  })
})

describe('lines', () => {
  function split(...pushed: readonly Buffer[]): string[] {
    const lines: string[] = []
    const splitter = new LineSplitter((line) => lines.push(line))
    for (const bytes of pushed) splitter.push(bytes)
    splitter.end()
    return lines
  }

  it('are whole, whatever way the bytes come', () => {
    const bytes = Buffer.from('first\r\nsécond\n\nlast')
    expect(split(...[...bytes].map((octet) => Buffer.from([octet])))).toEqual(['first', 'sécond', '', 'last'])
  })

  it('are bounded', () => {
    const lines = split(Buffer.alloc(40_000, 'x'))
    expect(lines.map((line) => line.length)).toEqual([16_384, 16_384, 7_232])
  })

  it('are kept to the last few', () => {
    const tail = new Tail(2)
    for (const line of ['a', 'b', 'c']) tail.push(line)
    expect(tail.lines).toEqual(['b', 'c'])
  })
})

describe('arguments of a child', () => {
  it('are those that shape how code is loaded', () => {
    const own = [
      '--conditions=x',
      '--import',
      './a.js',
      '--inspect-brk=9229',
      '-e',
      'code',
      '--max-old-space-size=1',
    ]
    expect(inheritedArguments(own, 'file:///dist/process.js')).toEqual([
      '--conditions=x',
      '--import',
      './a.js',
      '--max-old-space-size=1',
    ])
  })

  it('resolve packages to their sources where this one is a source', () => {
    expect(inheritedArguments([], 'file:///src/process.ts')).toEqual(['--conditions=sluice-source'])
    expect(inheritedArguments(['--conditions=sluice-source'], 'file:///src/process.ts')).toHaveLength(1)
  })
})
