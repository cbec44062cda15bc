import { describe, expect, it } from 'vitest'
import type { LogLine } from '../../packages/core/src/pipeline/handler.ts'
import type { Graph } from '../../packages/core/src/pipeline/graph.ts'
import { givenEndpoints } from '../../packages/core/src/run/endpoints.ts'
import type { EndpointsOption } from '../../packages/core/src/run/endpoints.ts'
import { planRun } from '../../packages/core/src/run/plan.ts'
import { defaultRestarts } from '../../packages/core/src/run/supervise.ts'
import { Supervisor } from '../../packages/core/src/run/supervisor.ts'
import type { SupervisorOptions } from '../../packages/core/src/run/supervisor.ts'
import { FakeClock, FakeHost, settled } from '../support/fake-host.ts'

const pattern = { promises: { nobodyThere: 'drops', receiverDies: 'redelivers' } }

const graph = {
  name: 'dishes',
  stages: ['washer', 'dryer', 'shelf'].map((name) => ({
    name,
    group: name,
    handler: { kind: 'function' },
  })),
  links: [
    { name: 'washer:dryer', from: 'washer', to: 'dryer', fromGroup: 'washer', toGroup: 'dryer', pattern },
    { name: 'dryer:shelf', from: 'dryer', to: 'shelf', fromGroup: 'dryer', toGroup: 'shelf', pattern },
  ],
  groups: [
    { name: 'washer', stages: ['washer'], inbound: [], outbound: ['washer:dryer'], replicas: 1 },
    { name: 'dryer', stages: ['dryer'], inbound: ['washer:dryer'], outbound: ['dryer:shelf'], replicas: 2 },
    { name: 'shelf', stages: ['shelf'], inbound: ['dryer:shelf'], outbound: [], replicas: 1 },
  ],
} as unknown as Graph

interface Setting {
  readonly supervisor: Supervisor
  readonly hosts: FakeHost[]
  readonly clock: FakeClock
  readonly log: LogLine[]
  last(name: string): FakeHost
}

function setting(own: Partial<SupervisorOptions> = {}, endpoints: EndpointsOption = {}): Setting {
  const hosts: FakeHost[] = []
  const log: LogLine[] = []
  const clock = new FakeClock()
  const given = givenEndpoints(['washer:dryer', 'dryer:shelf'], endpoints, {})
  const supervisor = new Supervisor({
    graph,
    plan: planRun({ graph, on: 'process', given, directory: '/tmp/x', scope: 'x', only: undefined }),
    place(_plan, spec) {
      const host = new FakeHost(spec)
      hosts.push(host)
      return host
    },
    restarts: defaultRestarts,
    restartSource: false,
    clock,
    log: (line) => log.push(line),
    ...own,
  })
  const last = (name: string): FakeHost => {
    const host = hosts.findLast((candidate) => candidate.name === name)
    if (host === undefined) throw new Error(`${name} was not placed`)
    return host
  }
  return { supervisor, hosts, clock, log, last }
}

async function openAll({ supervisor, hosts }: Setting): Promise<void> {
  const opened = supervisor.open()
  for (let known = 0; known < 4; known = hosts.length) {
    for (const host of hosts) host.open()
    // Each round opens what stands in front of the last.
    await settled()
  }
  for (const host of hosts) host.open()
  await opened
}

describe('a supervisor of replicas', () => {
  it('opens receivers first, and senders once those are open', async () => {
    const { supervisor, hosts } = setting()
    const opened = supervisor.open()
    await settled()
    expect(hosts.map(({ name }) => name)).toEqual(['shelf/0'])
    hosts[0]?.open()
    await settled()
    expect(hosts.map(({ name }) => name)).toEqual(['shelf/0', 'dryer/0', 'dryer/1'])
    hosts[1]?.open()
    await settled()
    expect(hosts).toHaveLength(3)
    hosts[2]?.open()
    await settled()
    hosts[3]?.open()
    await opened
  })

  it('tells those behind a group when the last of it has finished', async () => {
    const all = setting()
    await openAll(all)
    const run = all.supervisor.run()
    all.last('dryer/0').finish()
    await settled()
    expect(all.last('shelf/0').told).toEqual(['start'])
    all.last('dryer/1').finish()
    await settled()
    expect(all.last('shelf/0').told).toEqual(['start', 'noMoreSenders dryer:shelf'])
    all.last('shelf/0').finish()
    all.last('washer/0').finish()
    await run
  })

  it('starts a replica that died again, after a pause, and tells it what the first life was told', async () => {
    const all = setting()
    await openAll(all)
    const run = all.supervisor.run()
    all.last('washer/0').finish()
    await settled()
    all.supervisor.drain()
    const first = all.last('dryer/0')
    first.die()
    await all.clock.pass()
    const second = all.last('dryer/0')
    expect(second).not.toBe(first)
    expect(all.clock.pauses).toEqual([100])
    expect(all.log).toEqual([
      { level: 'warn', stage: 'dryer', replica: 0, text: 'SIGKILL: started again in 100 ms (1 of 5)' },
    ])
    expect(second.told).toEqual([])
    second.open()
    await settled()
    expect(second.told).toEqual(['start', 'noMoreSenders washer:dryer', 'drain'])
    for (const name of ['dryer/0', 'dryer/1', 'shelf/0']) all.last(name).finish()
    await run
    expect(
      all.supervisor
        .report()
        .get('dryer')
        ?.map(({ restarts }) => restarts),
    ).toEqual([1, 0])
  })

  it('fails the run past the bound, with the last output', async () => {
    const all = setting({ restarts: { ...defaultRestarts, max: 1 } })
    await openAll(all)
    const run = all.supervisor.run()
    run.catch(() => undefined)
    all.last('dryer/1').die()
    await all.clock.pass()
    all.last('dryer/1').die('exit code 7')
    await expect(run).rejects.toThrow(
      'dryer/1 died (exit code 7), 2 times within 60 s; it is not started again. Its last output:\n  last words',
    )
    await expect(run).rejects.toMatchObject({
      code: 'ERR_SLUICE_REPLICA',
      replica: 'dryer/1',
      how: 'exit code 7',
    })
    await all.supervisor.close(undefined)
  })

  it('does not start a source again', async () => {
    const all = setting()
    await openAll(all)
    const run = all.supervisor.run()
    run.catch(() => undefined)
    all.last('washer/0').die()
    await expect(run).rejects.toThrow('washer/0 died (SIGKILL), and a source cannot be resumed where it was')
    await all.supervisor.close(undefined)
  })

  it('starts a source again when told to', async () => {
    const all = setting({ restartSource: true })
    await openAll(all)
    const run = all.supervisor.run()
    run.catch(() => undefined)
    all.last('washer/0').die()
    await all.clock.pass()
    expect(all.hosts.filter(({ name }) => name === 'washer/0')).toHaveLength(2)
    await all.supervisor.close(undefined)
  })

  it('fails the run by what a host failed by, and starts nothing again', async () => {
    const all = setting()
    await openAll(all)
    const run = all.supervisor.run()
    run.catch(() => undefined)
    all.last('shelf/0').ended.reject(new Error('full'))
    await expect(run).rejects.toThrow('full')
    await expect(all.supervisor.failure).rejects.toThrow('full')
    await all.supervisor.close(undefined)
    expect(all.hosts).toHaveLength(4)
  })

  it('closes while a replica waits to be started again', async () => {
    const all = setting()
    await openAll(all)
    all.last('dryer/0').die()
    await settled()
    await all.supervisor.close(new Error('enough'))
    await all.clock.pass()
    expect(all.hosts).toHaveLength(4)
  })

  it('connects senders to the ports that their receivers were given, and binds those again', async () => {
    const all = setting({}, { 'dryer:shelf': 'tcp://0.0.0.0:*' })
    const opened = all.supervisor.open()
    await settled()
    all.last('shelf/0').open({ 'dryer:shelf': ['tcp://0.0.0.0:4711'] })
    await settled()
    expect(all.last('dryer/1').spec.links['dryer:shelf']?.connect).toEqual(['tcp://127.0.0.1:4711'])
    all.last('shelf/0').die()
    await all.clock.pass()
    expect(all.last('shelf/0').spec.links['dryer:shelf']?.bind).toEqual(['tcp://0.0.0.0:4711'])
    await all.supervisor.close(undefined)
    await expect(opened).rejects.toThrow('closed')
  })
})
