import { expect, test } from 'vitest'
import { OptionError, pipeline, run } from '@sluice/core'
import { backpressure, requestReply } from '@sluice/patterns'
import { HandPattern } from '../support/hand-link.ts'
import { refusal } from '../support/refusal.ts'

const wash = (): number[] => [1, 2, 3]
const same = (n: number): number => n
const link = (): HandPattern => new HandPattern()
const start = () => pipeline('dishes').source('washer', wash)

/** What a user of JavaScript may do, with no types to stop it. */
// oxlint-disable-next-line typescript/no-explicit-any
type Untyped = any

test('calls out of order are refused, with what is allowed next', () => {
  const untyped = start() as Untyped
  expect(refusal(() => (pipeline('dishes') as Untyped).stage('dryer', same))).toEqual([
    'stages',
    "pipeline 'dishes': stage() comes before source(): a pipeline begins with its source; allowed next: source()",
  ])
  expect(refusal(() => untyped.link(link()).link(link()))[1]).toBe(
    "pipeline 'dishes': link() cannot follow link(): a link needs a stage or a sink behind it (behind 'washer'); allowed next: stage(), sink()",
  )
  expect(refusal(() => untyped.source('second', wash))[1]).toMatch(
    /source\(\) cannot follow a stage \(behind 'washer'\)/,
  )
  expect(refusal(() => untyped.merge())[1]).toMatch(/merge\(\) cannot follow a stage/)
  expect(refusal(() => untyped.link(link()).branch({}))[1]).toMatch(/branch\(\) cannot follow link\(\)/)
  const branched = untyped.branch({ a: (b: Untyped) => b.stage('a', same) })
  expect(refusal(() => branched.stage('b', same))[1]).toMatch(
    /stage\(\) cannot follow branch\(\): its open branches have to be joined first \(behind 'a'\); allowed next: merge\(\)/,
  )
})

test('a name that is used already is refused, with its place', () => {
  expect(refusal(() => start().link(link()).stage('dryer', same).sink('dryer', same))).toEqual([
    'stages.dryer',
    "pipeline 'dishes': the stage behind 'dryer' is named 'dryer', as is its second stage already; every stage needs a name of its own",
  ])
})

test('a name that cannot be part of an endpoint is refused', () => {
  for (const name of ['', 'a:b', '../up', '9lives', 'x'.repeat(65), undefined, 7]) {
    expect(refusal(() => start().stage(name as string, same))[1]).toMatch(
      /allowed: a letter followed by at most 63/,
    )
    expect(() => pipeline(name as string)).toThrow(OptionError)
  }
})

test('a handler, a source or a pattern that is none is refused', () => {
  const untyped = start() as Untyped
  expect(refusal(() => untyped.stage('dryer', 'dry'))).toEqual([
    'stages.dryer.handler',
    "pipeline 'dishes': the handler of 'dryer' was given dry; allowed: a function (message, context)",
  ])
  expect(refusal(() => untyped.sink('shelf', {}))[1]).toMatch(/was given undefined|an object with take/)
  expect(refusal(() => (pipeline('dishes') as Untyped).source('washer', [1, 2]))[1]).toMatch(
    /was given an array/,
  )
  expect(refusal(() => untyped.link('backpressure'))[1]).toBe(
    "pipeline 'dishes': the link behind 'washer' was given backpressure; allowed: a pattern, such as backpressure()",
  )
})

test('options out of range are refused by their path', () => {
  const given = (options: object): [string, string] =>
    refusal(() => (start().link(link()) as Untyped).stage('dryer', same, options))
  expect(given({ replicas: 0 })).toEqual([
    'stages.dryer.replicas',
    "pipeline 'dishes': stages.dryer.replicas was given 0; allowed: a whole number from 1 to 1024 (replicas)",
  ])
  expect(given({ replica: 3 })).toEqual([
    'stages.dryer.replica',
    expect.stringMatching(/there is no option stages\.dryer\.replica \(did you mean replicas\?\)/),
  ])
  const paths = [
    { on: 'cloud' },
    { concurrency: 1.5 },
    { ordered: 'yes' },
    { attempts: 0 },
    { backoff: { factor: 0 } },
    { backoff: { initialMs: -1 } },
    { backoff: { jitter: 2 } },
    { timeoutMs: 0 },
    { deadLetter: 7 },
    { onError: 'ignore' },
    { ack: 'never' },
    { batch: { withinMs: 5 } },
    { batch: { size: 0 } },
  ].map((options) => given(options)[0])
  expect(paths).toEqual([
    'stages.dryer.on',
    'stages.dryer.concurrency',
    'stages.dryer.ordered',
    'stages.dryer.attempts',
    'stages.dryer.backoff.factor',
    'stages.dryer.backoff.initialMs',
    'stages.dryer.backoff.jitter',
    'stages.dryer.timeoutMs',
    'stages.dryer.deadLetter',
    'stages.dryer.onError',
    'stages.dryer.ack',
    'stages.dryer.batch.size',
    'stages.dryer.batch.size',
  ])
  expect(refusal(() => (pipeline('dishes') as Untyped).source('washer', wash, { attempts: 2 }))[0]).toBe(
    'stages.washer.attempts',
  )
  expect(refusal(() => (start() as Untyped).link(link(), { endpoint: 'nowhere' }))[0]).toBe(
    'links.washer.endpoint',
  )
})

test('a fused neighbour that would run elsewhere is refused', () => {
  expect(refusal(() => start().stage('dryer', same, { replicas: 3 }).sink('shelf', same))).toEqual([
    'stages.dryer.replicas',
    "pipeline 'dishes': 'dryer' is fused to 'washer' and shares its replicas; replicas was given 3 here and is 1 there; give it to 'washer', or put a link between them",
  ])
  const agreed = start()
    .link(link())
    .stage('dryer', same, { on: 'thread', replicas: 3 })
    .sink('shelf', same, { on: 'thread', replicas: 3 })
  expect(agreed.graph.groups.map(({ replicas }) => replicas)).toEqual([1, 3])
})

test('a branch that leads nowhere is refused', () => {
  const branch = (build: (b: Untyped) => unknown): string =>
    refusal(() => (start() as Untyped).branch({ odd: build }))[1]
  expect(branch((b) => b.link(link()))).toBe(
    "pipeline 'dishes': the branch 'odd' behind 'washer' ends in link(), with no stage behind it; allowed next: stage(), sink()",
  )
  expect(branch(() => undefined)).toMatch(/the branch 'odd' behind 'washer' gave back undefined/)
  expect(branch(() => start().stage('else', same))).toMatch(
    /gave back an object of Builder; allowed: what the builder handed to it returned/,
  )
  expect(branch((b) => b.stage('a', same).branch({ x: (c: Untyped) => c }))).toMatch(
    /ends in branch\(\), without merge\(\)/,
  )
  expect(refusal(() => (start() as Untyped).branch({}))[0]).toBe('stages.washer.branches')
  expect(refusal(() => (start() as Untyped).branch({ odd: 1 }))[0]).toBe('stages.washer.branches.odd')
  expect(
    refusal(() => (start() as Untyped).branch({ a: (b: Untyped) => b.sink('a', same) }, { route: 'a' }))[0],
  ).toBe('stages.washer.route')
})

test('ends that run in different places cannot be fused by merge()', () => {
  const build = (): unknown =>
    start()
      .branch({ near: (b) => b.stage('near', same), far: (b) => b.link(link()).stage('far', same) })
      .merge()
      .sink('all', same)
  expect(refusal(build)).toEqual([
    'stages.all',
    "pipeline 'dishes': 'all' is fused to 'near' and also comes behind 'far', which runs elsewhere; put a link between merge() and 'all'",
  ])
})

test('two links of one name are refused', () => {
  const build = (): unknown =>
    start()
      .branch({ a: (b) => b, b: (b) => b })
      .merge()
      .link(link())
      .sink('all', same)
  expect(refusal(build)[1]).toMatch(
    /'washer' reaches 'all' by two branches, which would both be the link 'washer:all'/,
  )
})

test('links that merge cannot share one endpoint', () => {
  const build = (): unknown =>
    start()
      .branch({ a: (b) => b.stage('a', same), b: (b) => b.stage('b', same) })
      .merge()
      .link(link(), { endpoint: 'tcp://127.0.0.1:5555' })
      .sink('all', same)
  expect(refusal(build)[0]).toBe('links.a:all.endpoint')
})

test('a pipeline without an end is refused where one is wanted, with what is missing', async () => {
  const unfinished = [
    pipeline('dishes'),
    start().link(link()),
    start().stage('dryer', same),
    start().branch({ a: (b) => b.stage('a', same), b: (b) => b.link(link()).stage('b', same) }),
  ] as Untyped[]
  const sentences = [
    "pipeline 'dishes' is not finished: it has no source; allowed next: source()",
    "pipeline 'dishes' is not finished: the link behind 'washer' has nothing behind it; allowed next: stage(), sink()",
    "pipeline 'dishes' is not finished: there is nothing behind 'dryer'; allowed next: link(), stage(), sink(), branch()",
    "pipeline 'dishes' is not finished: its branches end at 'a' and 'b' and are not joined; allowed next: merge()",
  ]
  expect(unfinished.map((one) => refusal(() => one.graph)[1])).toEqual(sentences)
  for (const [at, one] of unfinished.entries()) await expect(run(one)).rejects.toThrow(sentences[at])
})

test('a batch that the links in front of it never let be full is refused, with both ways out', () => {
  const batch = { batch: { size: 100 } }
  const take = (dishes: number[]): number => dishes.length
  const outstanding = { option: 'highWaterMark', most: 30 }
  const narrow = (): HandPattern => Object.assign(link(), { outstanding })
  expect(refusal(() => start().link(narrow()).sink('shelf', take, batch))).toEqual([
    'stages.shelf.batch.size',
    "pipeline 'dishes': stages.shelf.batch.size was given 100, but the highWaterMark 30 of the link 'washer:shelf' from one sender " +
      "lets at most 30 be outstanding at 'shelf', so that a batch is never full and each waits out its withinMs; " +
      'allowed: a size of at most 30, or at least 100 there, or neither given there',
  ])
  const washers = (replicas: number) => pipeline('dishes').source('washer', wash, { replicas }).link(narrow())
  expect(refusal(() => washers(3).sink('shelf', take, batch))[1]).toMatch(
    /from 3 senders lets at most 90 be outstanding at 'shelf'.*a size of at most 90, or at least 34 there/,
  )
  const allowed = [
    washers(4).sink('shelf', take, batch),
    start().link(link()).sink('shelf', take, batch),
    start()
      .link(narrow())
      .sink('shelf', take, { batch: { size: 100, withinMs: 0 } }),
    start().link(narrow()).stage('split', same).sink('shelf', take, batch),
  ]
  expect(allowed).toHaveLength(4)
})

test.each([backpressure({ highWaterMark: 64 }), requestReply({ inFlight: 64 })])(
  'a batch of 65 behind a $name link for 64 is refused, and one of 64 is not',
  (pattern) => {
    const sized = (size: number) =>
      start()
        .link(pattern)
        .sink('shelf', (dishes) => dishes.length, { batch: { size } })
    expect(refusal(() => sized(65))[0]).toBe('stages.shelf.batch.size')
    expect(sized(64).graph.name).toBe('dishes')
  },
)
