import { describe, expect, it } from 'vitest'
import { external, pipeline } from '@sluice/core'
import type { External, Graph, Pattern } from '@sluice/core'
import { backpressure } from '@sluice/patterns'
import { isExternal } from '../../packages/core/src/pipeline/external.ts'
import { refusal } from '../support/refusal.ts'

const wash = (): number[] => [1, 2, 3]
const same = (n: number): number => n
const none = (): void => undefined
const python = external<number, number>(['python3', 'dryer.py'])

/** What a user of JavaScript may do, with no types to stop it. */
// oxlint-disable-next-line typescript/no-explicit-any
type Untyped = any
const start = (): Untyped => pipeline('dishes').source('washer', wash)

function kitchen(
  program: External<number, number>,
  options: object = {},
  link: Pattern = backpressure(),
): Graph {
  return start().link(backpressure()).stage('dryer', program, options).link(link).sink('shelf', none).graph
}

describe('external()', () => {
  it('is a frozen value that says what is started', () => {
    const env = { HOME: undefined, OVEN: 'hot' }
    const made = external(['python3', '-u', 'dryer.py'], { cwd: new URL('file:///srv/a%20b/'), env })
    expect(made).toEqual({
      kind: 'external',
      command: ['python3', '-u', 'dryer.py'],
      cwd: '/srv/a b/',
      env,
      readyTimeoutMs: 30_000,
    })
    expect([made, made.command, made.env].every(Object.isFrozen)).toBe(true)
    expect(isExternal(made)).toBe(true)
    expect(isExternal({ kind: 'external' })).toBe(false)
  })

  it.each([
    ['command', [], {}],
    ['command', [''], {}],
    ['command', 'python3', {}],
    ['command', ['python3', 7], {}],
    ['command', ['python3', 'a\0b'], {}],
    ['cwd', ['python3'], { cwd: new URL('https://example.org') }],
    ['cwd', ['python3'], { cwd: '' }],
    ['env.OVEN', ['python3'], { env: { OVEN: 7 } }],
    ['env.SLUICE_LINKS', ['python3'], { env: { SLUICE_LINKS: '[]' } }],
    ['readyTimeoutMs', ['python3'], { readyTimeoutMs: 0 }],
    ['shell', ['python3'], { shell: true }],
  ])('refuses what cannot work: %s', (option, command, options) => {
    const [named, message] = refusal(() => external(command as Untyped, options as Untyped))
    expect(named).toBe(option)
    expect(message).toMatch(/^external: .*allowed: /)
  })
})

describe('a stage whose work a program does', () => {
  it('is a process, and is drawn with its command', () => {
    const whole = start()
      .link(backpressure())
      .stage('dryer', external(['sh', '-c', "it's"]), { replicas: 3 })
    const text = whole.link(backpressure()).sink('shelf', none).describe() as string
    expect(text.split('\n')[2]).toMatch(/══▶ stage dryer ×3: sh -c 'it'\\''s'$/)
    const [, dryer] = kitchen(python, { concurrency: 4 }).stages
    expect(dryer?.settings).toMatchObject({ on: 'process', concurrency: 4, ordered: false })
    expect(dryer?.handler).toBe(python)
  })

  it('STG-10 cannot be fused to a neighbour', () => {
    expect(refusal(() => start().stage('dryer', python).link(backpressure()).sink('shelf', none))).toEqual([
      'stages.dryer',
      "pipeline 'dishes': the work of 'dryer' is done by a program, which cannot be fused to 'washer'; put a link between 'washer' and 'dryer', such as .link(backpressure())",
    ])
    const behind = (): unknown => start().link(backpressure()).stage('dryer', python).sink('shelf', none)
    expect(refusal(behind)[1]).toContain("put a link between 'dryer' and 'shelf'")
    expect(
      refusal(() => (pipeline('dishes') as Untyped).source('washer', python).sink('shelf', none))[1],
    ).toContain("put a link between 'washer' and 'shelf'")
  })

  it.each(['inline', 'thread'])('STG-10 is not put %s', (on) => {
    expect(refusal(() => kitchen(python, { on }))[1]).toMatch(
      /^pipeline 'dishes': stages.dryer.on was given '\w+'; allowed: one of 'process'$/,
    )
  })

  it.each(['attempts', 'backoff', 'batch', 'deadLetter', 'onError', 'ordered', 'timeoutMs', 'ack'])(
    'STG-10 is not told %s',
    (option) => {
      expect(refusal(() => kitchen(python, { [option]: 2 }))).toEqual([
        `stages.dryer.${option}`,
        `pipeline 'dishes': stages.dryer.${option} was given, but the work of 'dryer' is done by a program, which cannot be told so; allowed: on, replicas, concurrency`,
      ])
    },
  )

  it('STG-10 is not told deadlineMs as a source', () => {
    const source = (): unknown => (pipeline('dishes') as Untyped).source('washer', python, { deadlineMs: 9 })
    expect(refusal(source)[0]).toBe('stages.washer.deadlineMs')
  })

  it('STG-10 sends into no link whose options hold a function', () => {
    expect(refusal(() => kitchen(python, {}, backpressure({ key: String })))).toEqual([
      'links.dryer:shelf.key',
      "pipeline 'dishes': the link 'dryer:shelf' has a function for key, which the program that sends into it cannot call; leave it out",
    ])
    const before = start()
      .link(backpressure({ key: String }))
      .stage('dryer', python)
    expect(() => before.link(backpressure()).sink('shelf', none)).not.toThrow()
  })

  it('STG-10 gives to all of its branches', () => {
    const branches = {
      a: (b: Untyped) => b.link(backpressure()).sink('a', none),
      b: (b: Untyped) => b.link(backpressure()).sink('b', same),
    }
    const before = start().link(backpressure()).stage('dryer', python)
    expect(before.branch(branches).graph.links).toHaveLength(3)
    expect(refusal(() => before.branch(branches, { route: () => 'a' }))[0]).toBe('stages.dryer.route')
  })
})
