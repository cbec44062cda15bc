import { describe, expect, it } from 'vitest'
import type { Graph, GroupNode, LinkNode, Placement } from '../../packages/core/src/pipeline/graph.ts'
import { givenEndpoints } from '../../packages/core/src/run/endpoints.ts'
import type { EndpointsOption } from '../../packages/core/src/run/endpoints.ts'
import { planRun } from '../../packages/core/src/run/plan.ts'
import type { PlacementOption, RunPlan } from '../../packages/core/src/run/plan.ts'

interface Group {
  readonly name: string
  readonly replicas?: number
  readonly on?: Placement
  /** What does its work. */
  readonly kind?: 'function' | 'external'
}

/** A graph as far as a plan looks at it: groups of one stage each, in a chain. */
function chain(...groups: readonly Group[]): Graph {
  const links = groups.slice(1).map(({ name: to }, at) => {
    const from = groups[at]?.name ?? ''
    return { name: `${from}:${to}`, from, to, fromGroup: from, toGroup: to } as LinkNode
  })
  return {
    name: 'dishes',
    module: undefined,
    stages: groups.map(
      ({ name, kind = 'function' }) =>
        ({ name, group: name, handler: { kind } }) as unknown as Graph['stages'][number],
    ),
    links,
    groups: groups.map(({ name, replicas = 1, on }): GroupNode => ({
      name,
      stages: [name],
      inbound: links.filter((link) => link.to === name).map((link) => link.name),
      outbound: links.filter((link) => link.from === name).map((link) => link.name),
      on,
      replicas,
      concurrency: 1,
    })),
  }
}

interface Given {
  readonly on?: PlacementOption
  readonly endpoints?: EndpointsOption
  readonly only?: string
}

function plan(graph: Graph, { on, endpoints = {}, only }: Given = {}): RunPlan {
  const given = givenEndpoints(
    graph.links.map((link) => link.name),
    endpoints,
    {},
  )
  return planRun({ graph, on, given, directory: '/tmp/sluice-x', scope: 'x', only })
}

const dishes = chain({ name: 'washer' }, { name: 'dryer', replicas: 2 }, { name: 'shelf' })

function place(made: RunPlan, replica: string, link: string) {
  return made.replicas.find(({ name }) => name === replica)?.spec.links[link]
}

describe('a plan', () => {
  it('opens receivers before their senders', () => {
    expect(plan(dishes).replicas.map(({ name }) => name)).toEqual([
      'shelf/0',
      'dryer/0',
      'dryer/1',
      'washer/0',
    ])
  })

  it('joins inline stages by memory: each receiver binds, every sender connects to all', () => {
    const made = plan(dishes)
    expect(made.directory).toBeUndefined()
    expect(place(made, 'dryer/1', 'washer:dryer')).toEqual({
      bind: ['memory://x/washer:dryer/1'],
      connect: [],
      senders: 1,
      trusted: true,
    })
    expect(place(made, 'washer/0', 'washer:dryer')).toEqual({
      bind: [],
      connect: ['memory://x/washer:dryer/0', 'memory://x/washer:dryer/1'],
      senders: undefined,
      trusted: true,
    })
  })

  it('counts the replicas of a sender, so that its receiver knows when all have ended', () => {
    expect(place(plan(dishes), 'shelf/0', 'dryer:shelf')?.senders).toBe(2)
  })

  it('joins by ipc in the directory of the run where a process stands on either side', () => {
    const made = plan(dishes, { on: { dryer: 'process' } })
    expect(made.directory).toBe('/tmp/sluice-x')
    expect(place(made, 'dryer/1', 'washer:dryer')?.bind).toEqual(['ipc:///tmp/sluice-x/0.1'])
    expect(place(made, 'dryer/1', 'dryer:shelf')?.connect).toEqual(['ipc:///tmp/sluice-x/1.0'])
    expect(made.replicas.map(({ on }) => on)).toEqual(['inline', 'process', 'process', 'inline'])
  })

  it('joins by channel where a thread stands on one side and no process on the other', () => {
    const made = plan(dishes, { on: { dryer: 'thread' } })
    expect(made.directory).toBeUndefined()
    expect(place(made, 'shelf/0', 'dryer:shelf')?.bind).toEqual(['channel://x/dryer:shelf/0'])
  })

  it('joins a thread to a process by ipc', () => {
    const made = plan(dishes, { on: { dryer: 'thread', shelf: 'process' } })
    expect(place(made, 'shelf/0', 'dryer:shelf')?.bind).toEqual(['ipc:///tmp/sluice-x/1.0'])
  })

  it('puts every stage where the run says, before what a stage says itself', () => {
    const graph = chain({ name: 'a', on: 'inline' }, { name: 'b', on: 'thread' })
    expect(plan(graph).replicas.map(({ on }) => on)).toEqual(['thread', 'inline'])
    expect(plan(graph, { on: 'process' }).replicas.map(({ on }) => on)).toEqual(['process', 'process'])
  })

  it('refuses a placement for a stage that is not there', () => {
    expect(() => plan(dishes, { on: { drier: 'process' } })).toThrow(
      "there is no stage 'drier' (did you mean dryer?); its stages are washer, dryer, shelf",
    )
  })
})

describe('given endpoints', () => {
  it('are bound by the receivers, one each, and are not trusted', () => {
    const made = plan(dishes, { endpoints: { 'washer:dryer': 'tcp://*:5001,tcp://127.0.0.1:5002' } })
    expect(place(made, 'dryer/1', 'washer:dryer')).toEqual({
      bind: ['tcp://127.0.0.1:5002'],
      connect: [],
      senders: 1,
      trusted: false,
    })
    expect(place(made, 'washer/0', 'washer:dryer')?.connect).toEqual([
      'tcp://127.0.0.1:5001',
      'tcp://127.0.0.1:5002',
    ])
  })

  it('are bound by the sender where one stands before several receivers', () => {
    const made = plan(dishes, { endpoints: { 'washer:dryer': 'tcp://0.0.0.0:5001' } })
    expect(place(made, 'washer/0', 'washer:dryer')?.bind).toEqual(['tcp://0.0.0.0:5001'])
    expect(place(made, 'dryer/0', 'washer:dryer')?.connect).toEqual(['tcp://127.0.0.1:5001'])
  })

  it('are refused where they do not go round', () => {
    const endpoints = { 'washer:dryer': ['tcp://h:1', 'tcp://h:2', 'tcp://h:3'] }
    expect(() => plan(dishes, { endpoints })).toThrow(
      'endpoints.washer:dryer has 3 endpoints for 2 replicas of dryer; allowed: one for each replica of dryer, which binds it, or one for each replica of washer',
    )
  })

  it('need a port number where the sender binds', () => {
    expect(() => plan(dishes, { endpoints: { 'washer:dryer': 'tcp://127.0.0.1:*' } })).toThrow(
      'a port number',
    )
  })

  it('say a side only where one side is run alone', () => {
    expect(() => plan(dishes, { endpoints: { 'dryer:shelf': 'bind:tcp://127.0.0.1:1' } })).toThrow(
      'both sides of dryer:shelf are in this run',
    )
  })
})

describe('one stage on this host', () => {
  const endpoints = { 'washer:dryer': 'tcp://h:1,tcp://h:2', 'dryer:shelf': 'tcp://shelf:3' }

  it('is planned alone, with the sides that it holds', () => {
    const made = plan(dishes, { only: 'dryer', endpoints, on: 'process' })
    expect(made.replicas.map(({ name }) => name)).toEqual(['dryer/0', 'dryer/1'])
    expect(place(made, 'dryer/1', 'washer:dryer')?.bind).toEqual(['tcp://h:2'])
    expect(place(made, 'dryer/1', 'dryer:shelf')?.connect).toEqual(['tcp://shelf:3'])
    expect(made.directory).toBeUndefined()
  })

  it('needs an endpoint for each of its links', () => {
    expect(() => plan(dishes, { only: 'shelf' })).toThrow(
      'the link dryer:shelf leads to another host and has no endpoint; give one by --endpoint dryer:shelf=tcp://host:port',
    )
  })

  it('binds or connects as it is told', () => {
    const connecting = plan(dishes, {
      only: 'shelf',
      endpoints: { 'dryer:shelf': 'connect:tcp://d:1,tcp://d:2' },
    })
    expect(place(connecting, 'shelf/0', 'dryer:shelf')).toMatchObject({
      bind: [],
      connect: ['tcp://d:1', 'tcp://d:2'],
    })
    const binding = plan(dishes, { only: 'washer', endpoints: { 'washer:dryer': 'bind:tcp://*:1' } })
    expect(place(binding, 'washer/0', 'washer:dryer')?.bind).toEqual(['tcp://*:1'])
  })

  it('connects as a sender to any number of receivers, of other hosts too', () => {
    const many = { 'washer:dryer': 'tcp://a:1,tcp://b:1,tcp://c:1' }
    expect(
      place(plan(dishes, { only: 'washer', endpoints: many }), 'washer/0', 'washer:dryer')?.connect,
    ).toHaveLength(3)
  })

  it('does not connect to a wildcard', () => {
    const wildcard = { 'washer:dryer': 'connect:tcp://*:1' }
    expect(() => plan(dishes, { only: 'washer', endpoints: wildcard })).toThrow(
      'which nothing can connect to',
    )
  })

  it('is refused when the pipeline has no such stage', () => {
    expect(() => plan(dishes, { only: 'oven' })).toThrow("there is no stage 'oven'")
  })
})

describe('a program', () => {
  const kitchen = chain(
    { name: 'washer' },
    { name: 'dryer', kind: 'external', replicas: 2 },
    { name: 'shelf' },
  )
  const placed = (made: RunPlan) => Object.fromEntries(made.replicas.map(({ name, on }) => [name, on]))

  it.each(['process', 'inline', 'thread', { shelf: 'thread', washer: 'thread' }] as const)(
    'STG-10 is a process of its own, wherever the others run (%j)',
    (on) => {
      expect(placed(plan(kitchen, { on }))).toMatchObject({ 'dryer/0': 'process', 'dryer/1': 'process' })
      expect(place(plan(kitchen, { on }), 'dryer/1', 'washer:dryer')?.bind).toEqual([
        'ipc:///tmp/sluice-x/0.1',
      ])
    },
  )

  it.each(['inline', 'thread'] as const)('STG-10 is not to be put %s by its name', (on) => {
    expect(() => plan(kitchen, { on: { dryer: on } })).toThrow(
      `on.dryer was given '${on}', but the work of dryer is done by a program of its own; allowed: 'process', or leave it out`,
    )
  })
})
