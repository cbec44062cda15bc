import { describe, expect, it } from 'vitest'
import { CurveKeys, external, pipeline, Security } from '@sluice/core'
import type { HostSpec } from '@sluice/core'
import { backpressure, requestReply } from '@sluice/patterns'
import { commandLine, readRecord, splitRecord } from '../../packages/core/src/run/program-control.ts'
import { noReceiver, programReport } from '../../packages/core/src/run/program-report.ts'
import { guardVariables, programVariables } from '../../packages/core/src/run/program-environment.ts'

const { graph } = pipeline('dishes')
  .source('washer', () => [1])
  .link(backpressure({ highWaterMark: 5, key: String }))
  .stage('dryer', external<number, number>(['python3', 'dryer.py']), { replicas: 2, concurrency: 3 })
  .link(requestReply({ timeoutMs: 70 }))
  .sink('shelf', () => undefined, { concurrency: 4 })

const spec: HostSpec = {
  group: 'dryer',
  replica: 1,
  links: {
    'washer:dryer': { bind: ['ipc:///tmp/x/0.1'], connect: [], senders: 1, trusted: true },
    'dryer:shelf': { bind: [], connect: ['tcp://127.0.0.1:1'], senders: undefined, trusted: false },
  },
}

describe('the environment of a program', () => {
  it('STG-1 says where each link of its stage is and what it is', () => {
    const { SLUICE_LINKS = '', ...others } = programVariables(graph, spec, {
      drainTimeoutMs: 10.5,
      reportEveryMs: 500,
      directory: '/tmp/x',
    })
    expect(others).toEqual({
      SLUICE_STAGE: 'dryer',
      SLUICE_REPLICA: '1',
      SLUICE_CONCURRENCY: '3',
      SLUICE_DRAIN_TIMEOUT_MS: '11',
      SLUICE_REPORT_EVERY_MS: '500',
      SLUICE_RUN_DIRECTORY: '/tmp/x',
      SLUICE_CONTROL: 'stdio',
    })
    const [inbound, outbound] = JSON.parse(SLUICE_LINKS) as Record<string, unknown>[]
    expect(inbound).toEqual({
      name: 'washer:dryer',
      pattern: 'backpressure',
      side: 'receiver',
      bind: ['ipc:///tmp/x/0.1'],
      connect: [],
      identity: 'dryer/1',
      senders: 1,
      trusted: true,
      work: 7,
      options: { highWaterMark: 5, highWaterMarkBytes: 67_108_864, ack: 'finished' },
    })
    expect(outbound).toMatchObject({
      side: 'sender',
      senders: null,
      trusted: false,
      options: { timeoutMs: 70 },
    })
  })
})

describe('a run with keys', () => {
  const keys = CurveKeys.generate()
  const own = { publicKey: keys.publicKey, secretKey: keys.reveal() }
  const other = CurveKeys.generate().publicKey
  const set = (variables: object): object =>
    Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined))

  it('STG-1 SEC-16 tells them to a program with a link over tcp', () => {
    expect(set(guardVariables(spec, { security: new Security(own) }))).toEqual({
      SLUICE_CURVE_PUBLIC_KEY: own.publicKey,
      SLUICE_CURVE_SECRET_KEY: own.secretKey,
      SLUICE_CURVE_SERVER_KEY: own.publicKey,
    })
    const security = new Security({ ...own, serverKey: { 'tcp://127.0.0.1:1': other }, allow: [other] })
    expect(set(guardVariables(spec, { security }))).toMatchObject({
      SLUICE_CURVE_SERVER_KEY: `tcp://127.0.0.1:1=${other}`,
      SLUICE_CURVE_ALLOW: other,
    })
  })

  it('STG-1 tells no program what it does not need, and takes away what the run itself was told', () => {
    const { 'washer:dryer': inbound } = spec.links
    const variables = guardVariables(
      { ...spec, links: { 'washer:dryer': inbound! } },
      { security: new Security(own), insecure: true },
    )
    expect(set(variables)).toEqual({ SLUICE_INSECURE: '1' })
    expect(Object.keys(variables)).toContain('SLUICE_CURVE_SECRET_KEY')
  })
})

describe('a line of a program', () => {
  it('STG-2 is output up to the mark, and a report behind it', () => {
    expect(splitRecord('dried 7')).toEqual({ text: 'dried 7', record: undefined })
    expect(splitRecord('\x1e{}')).toEqual({ text: '', record: '{}' })
    expect(splitRecord('dri\x1e{"report":"connected"}')).toEqual({
      text: 'dri',
      record: '{"report":"connected"}',
    })
    expect(splitRecord('a\x1eb\x1e{}')).toEqual({ text: 'a\x1eb', record: '{}' })
  })

  it('STG-4 says each command as one JSON object', () => {
    expect(commandLine({ type: 'start' })).toBe('{"command":"start"}\n')
    expect(commandLine({ type: 'leave' })).toBe('{"command":"leave"}\n')
    expect(commandLine({ type: 'noMoreSenders', link: 'a:b' })).toBe(
      '{"command":"noMoreSenders","link":"a:b"}\n',
    )
    expect(commandLine({ type: 'exit' })).toBeUndefined()
  })
})

describe('a report of a program', () => {
  const read = (value: unknown): unknown => readRecord(JSON.stringify(value), spec)
  const endpoints = { 'washer:dryer': ['ipc:///tmp/x/0.1'], 'dryer:shelf': [] }

  it('STG-3 says what is bound, or why it failed', () => {
    expect(read({ report: 'ready', endpoints })).toEqual({ type: 'ready', endpoints })
    expect(read({ report: 'failed', error: { code: 'KeyError', message: 'id' } })).toMatchObject({
      type: 'failed',
      error: { name: 'RemoteError', code: 'KeyError', message: 'dryer/1 failed: KeyError: id' },
    })
    expect(read({ report: 'failed' })).toMatchObject({ error: { message: /it did not say why$/ } })
    expect(read({ report: 'done' })).toMatchObject({ report: { stages: { dryer: { in: 0 } } } })
  })

  it.each([
    ['{', 'damaged'],
    ['', 'damaged'],
    ['[]', 'damaged'],
    ['null', 'damaged'],
    ['{"report":7}', 'damaged'],
    ['{"report":"ready"}', 'damaged'],
    ['{"report":"ready","endpoints":{"washer:dryer":[]}}', 'damaged'],
    ['{"report":"ready","endpoints":{"washer:dryer":"ipc:///x"}}', 'damaged'],
    ['{"report":"stats","stats":7}', 'damaged'],
    ['{"report":"weather"}', 'unknown'],
  ])('STG-8 that is none does no harm: %s', (record, expected) => {
    expect(readRecord(record, spec)).toBe(expected)
  })

  it('STG-8 counts what is a count, of its own stage and links, and nothing else', () => {
    const stats = {
      stages: { dryer: { in: 3, out: -1, failed: 'many', nonsense: 9 }, washer: { in: 100 } },
      links: {
        'dryer:shelf': { sender: { accepted: 3, delivered: Infinity, droppedBy: { full: 1, why: 'x' } } },
        'washer:dryer': { receiver: { received: 3, held: null, refusedBy: { key: 2, why: -1 } } },
        'a:b': { sender: { accepted: 9 } },
        __proto__: { sender: {} },
      },
    }
    const report = programReport(stats, spec)
    expect(Object.keys(report?.stages ?? {})).toEqual(['dryer'])
    expect(report?.stages['dryer']).toMatchObject({ in: 3, out: 0, failed: 0, busyMs: 0 })
    expect(Object.keys(report?.links ?? {})).toEqual(['washer:dryer', 'dryer:shelf'])
    expect(report?.links['dryer:shelf']?.sender).toMatchObject({
      accepted: 3,
      delivered: 0,
      droppedBy: { full: 1 },
    })
    expect(report?.links['washer:dryer']?.receiver).toEqual({
      ...noReceiver,
      received: 3,
      refusedBy: { key: 2 },
    })
    expect(JSON.stringify(report)).not.toContain('nonsense')
  })
})
