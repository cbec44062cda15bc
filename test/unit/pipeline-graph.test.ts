import { expect, test } from 'vitest'
import { groupOf, isPipeline, linkOf, OptionError, pipeline, stageOf } from '@sluice/core'
import { HandPattern } from '../support/hand-link.ts'

const wash = (): number[] => [1, 2, 3]
const same = (n: number): number => n
const link = (): HandPattern => new HandPattern({ highWaterMark: 64 })

const dishes = pipeline('dishes')
  .source('washer', wash)
  .link(link())
  .stage('dryer', same, { replicas: 3, concurrency: 8, on: 'process' })
  .stage('polisher', same)
  .link(link())
  .sink('shelf', (batch) => batch.length, { batch: { size: 4 } })

test('a graph holds stages, links and groups in the order in which messages meet them', () => {
  const { stages, links, groups } = dishes.graph
  expect(stages.map(({ name, kind, group }) => [name, kind, group])).toEqual([
    ['washer', 'source', 'washer'],
    ['dryer', 'stage', 'dryer'],
    ['polisher', 'stage', 'dryer'],
    ['shelf', 'sink', 'shelf'],
  ])
  expect(links.map(({ name, fromGroup, toGroup }) => [name, fromGroup, toGroup])).toEqual([
    ['washer:dryer', 'washer', 'dryer'],
    ['polisher:shelf', 'dryer', 'shelf'],
  ])
  expect(groups).toEqual([
    {
      name: 'washer',
      stages: ['washer'],
      inbound: [],
      outbound: ['washer:dryer'],
      on: undefined,
      replicas: 1,
      concurrency: 1,
    },
    {
      name: 'dryer',
      stages: ['dryer', 'polisher'],
      inbound: ['washer:dryer'],
      outbound: ['polisher:shelf'],
      on: 'process',
      replicas: 3,
      concurrency: 9,
    },
    {
      name: 'shelf',
      stages: ['shelf'],
      inbound: ['polisher:shelf'],
      outbound: [],
      on: undefined,
      replicas: 1,
      concurrency: 4,
    },
  ])
})

test('options are completed with their defaults', () => {
  expect(stageOf(dishes.graph, 'shelf').settings).toEqual({
    on: undefined,
    replicas: 1,
    concurrency: 1,
    ordered: true,
    attempts: 1,
    backoff: { initialMs: 100, factor: 2, maxMs: 10_000, jitter: 0.2 },
    timeoutMs: undefined,
    deadLetter: undefined,
    onError: 'continue',
    ack: 'finished',
    batch: { size: 4, withinMs: 100 },
  })
})

test('a fused neighbour runs where the first stage of its group runs', () => {
  const { settings } = stageOf(dishes.graph, 'polisher')
  expect([settings.on, settings.replicas, settings.concurrency]).toEqual(['process', 3, 1])
})

test('a graph is frozen in every part', () => {
  const frozen = (value: unknown): boolean =>
    typeof value !== 'object' ||
    value === null ||
    value instanceof HandPattern ||
    (Object.isFrozen(value) && Object.values(value).every(frozen))
  expect(frozen(dishes.graph)).toBe(true)
  expect(Object.isFrozen(dishes)).toBe(true)
})

test('a pipeline knows the module that built it', () => {
  expect(dishes.graph.module).toBe(import.meta.url)
  const elsewhere = pipeline('elsewhere', { module: '/srv/app/dishes.ts' }).source('a', wash).sink('b', same)
  expect(elsewhere.graph.module).toBe('file:///srv/app/dishes.ts')
  expect(() => pipeline('relative', { module: './dishes.ts' })).toThrow(/allowed: an absolute path/)
})

test('a pipeline is told from other values', () => {
  expect(isPipeline(dishes)).toBe(true)
  expect([undefined, {}, 'dishes', dishes.graph].map(isPipeline)).toEqual([false, false, false, false])
})

test('a pipeline is drawn as text', () => {
  const drawn = pipeline('dishes')
    .source('washer', wash)
    .link(link())
    .stage('dryer', same, { replicas: 3, concurrency: 8, on: 'process' })
    .branch(
      {
        odd: (b) => b.link(link()).stage('odd', (batch) => batch.values(), { batch: { size: 2 } }),
        rest: (b) => b.stage('rest', same),
      },
      { route: () => 'odd' },
    )
    .merge()
    .link(new HandPattern())
    .sink('shelf', () => undefined, { attempts: 2, timeoutMs: 50 })
  expect(String(drawn)).toBe(
    [
      'pipeline dishes',
      '  source washer',
      '  ══ by-hand highWaterMark=64 ══▶ stage dryer ×3 on process, concurrency 8, by route',
      '  odd:',
      '    ══ by-hand highWaterMark=64 ══▶ stage odd batch 2 within 100 ms',
      '    ══ by-hand ══▶ sink shelf 2 attempts, timeout 50 ms',
      '  rest:',
      '    ── fused ──▶ stage rest',
      '    ══ by-hand ══▶ (shelf, above)',
    ].join('\n'),
  )
})

test('branches become outlets by name, and merge() joins their ends', () => {
  const route = (n: number): 'odd' | 'even' => (n % 2 === 0 ? 'even' : 'odd')
  const { graph } = pipeline('branches')
    .source('numbers', wash)
    .branch(
      { odd: (b) => b.link(link()).stage('odder', same), even: (b) => b.stage('evener', same) },
      { route },
    )
    .merge()
    .link(link())
    .sink('all', same)
  expect(stageOf(graph, 'numbers').outlets).toEqual([
    { branch: 'odd', to: 'odder', link: 'numbers:odder', letters: false },
    { branch: 'even', to: 'evener', link: undefined, letters: false },
  ])
  expect(stageOf(graph, 'numbers').route).toBe(route)
  expect(groupOf(graph, 'all').inbound).toEqual(['odder:all', 'evener:all'])
  expect(groupOf(graph, 'numbers').outbound).toEqual(['numbers:odder', 'evener:all'])
})

test('branches that all end in sinks end the pipeline', () => {
  const { graph } = pipeline('ends')
    .source('numbers', wash)
    .branch({
      a: (b) => b.sink('a', same),
      b: (b) => b.stage('more', same).branch({ c: (c) => c.link(link()).sink('c', same) }),
    })
  expect(graph.stages.map(({ name }) => name)).toEqual(['numbers', 'a', 'more', 'c'])
})

test('two pipelines may share a beginning', () => {
  const beginning = pipeline('shared').source('numbers', wash)
  const one = beginning.sink('one', same)
  const two = beginning.link(link()).sink('two', same)
  expect([one, two].map(({ graph }) => graph.stages.length + graph.links.length)).toEqual([2, 3])
})

test('a lookup by an unknown name says which names there are', () => {
  expect(() => stageOf(dishes.graph, 'dyer')).toThrow(
    new OptionError(
      'stages.dyer',
      "pipeline 'dishes': there is no stage 'dyer' (did you mean dryer?); its stages are washer, dryer, polisher, shelf",
    ),
  )
  expect(() => linkOf(dishes.graph, 'dryer:shelf')).toThrow(/its links are washer:dryer, polisher:shelf/)
  expect(() => groupOf(dishes.graph, 'polisher')).toThrow(/its groups are washer, dryer, shelf/)
})
