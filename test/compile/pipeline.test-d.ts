/** What must compile, and what must not: checked by the compiler as part of `tsc --noEmit`, never run. */
import { external, pipeline } from '@sluice/core'
import type { Emitted, External, Pattern, Pipeline } from '@sluice/core'

interface Dish {
  readonly number: number
}
interface DryDish extends Dish {
  readonly driedBy: string
}

declare const link: () => Pattern
declare const wash: () => AsyncGenerator<Dish>
declare const dry: (dish: Dish) => Promise<DryDish>
declare const putAway: (dish: DryDish) => void

/** Compiles only where both types are the same, `any` and `never` included. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
declare function same<A, B>(..._: Same<A, B> extends true ? [] : [A, 'is not', B]): void

// A whole chain is a pipeline, and nothing can follow it.
const dishes = pipeline('dishes')
  .source('washer', wash)
  .link(link())
  .stage('dryer', dry)
  .link(link())
  .sink('shelf', putAway)
same<typeof dishes, Pipeline>()
// @ts-expect-error a sink is the end
dishes.stage('more', dry)

// What a handler emits follows from what it returns.
same<Emitted<Dish>, Dish>()
same<Emitted<Promise<Dish>>, Dish>()
same<Emitted<Promise<Dish | undefined>>, Dish>()
same<Emitted<Dish | undefined>, Dish>()
same<Emitted<Dish | Promise<DryDish>>, Dish | DryDish>()
same<Emitted<void>, never>()
same<Emitted<Dish[]>, Dish[]>()
same<Emitted<string>, string>()
same<Emitted<null>, null>()
same<Emitted<Map<string, Dish>>, Map<string, Dish>>()
same<Emitted<Generator<Dish>>, Dish>()
same<Emitted<Generator<Dish | undefined>>, Dish>()
same<Emitted<Generator<Promise<Dish>>>, Dish>()
same<Emitted<AsyncGenerator<Dish, void, unknown>>, Dish>()
same<Emitted<AsyncIterable<Dish>>, Dish>()
same<Emitted<Promise<AsyncIterable<Dish>>>, Dish>()
same<Emitted<ReturnType<Dish[]['values']>>, Dish>()
same<Emitted<unknown>, unknown>()

const washer = pipeline('dishes').source('washer', wash)

// Types flow from one stage to the next, over links and without them, through handlers of every form.
washer.stage('sync', (dish) => dish.number).sink('end', (n) => n.toFixed())
washer.stage('filter', (dish) => (dish.number > 1 ? dish : undefined)).sink('end', (dish) => dish.number)
washer.stage('async', async (dish) => dish.number).sink('end', (n) => n.toFixed())
washer
  .stage('generator', function* (dish) {
    yield dish.number
  })
  .sink('end', (n) => n.toFixed())
washer
  .stage('flat', async function* (dish) {
    yield dish.number
  })
  .link(link())
  .sink('end', (n) => n.toFixed())
washer.stage('array', (dish) => [dish.number]).sink('end', (numbers) => numbers.length)
pipeline('iterable')
  .source('list', () => [1, 2])
  .sink('end', (n) => n.toFixed())

// A stage that takes what the stage before it does not give does not compile.
// @ts-expect-error the washer gives dishes that are not dry
washer.sink('shelf', putAway)
// @ts-expect-error the same over a link
washer.link(link()).sink('shelf', putAway)
// @ts-expect-error a dish is not a number
washer.stage('double', (n: number) => n * 2)
const maybe = washer.stage('maybe', (dish) => (dish.number > 1 ? dish.number : undefined))
// @ts-expect-error `undefined` is filtered, what is left is a number
maybe.sink('end', (text: string) => text)

// Only what is allowed next is there.
// @ts-expect-error a pipeline begins with its source
pipeline('none').stage('dryer', dry)
// @ts-expect-error a second source
washer.source('second', wash)
// @ts-expect-error link() twice in a row
washer.link(link()).link(link())
// @ts-expect-error branch() right behind link()
washer.link(link()).branch({})
// @ts-expect-error merge() without branch()
washer.merge()
// @ts-expect-error a link is not a pipeline yet
const dangling: Pipeline = washer.link(link())
void dangling
// @ts-expect-error an open end is not a pipeline either
const unfinished: Pipeline = washer.stage('dryer', dry)
void unfinished

// Options are known by name and type.
washer.stage('dryer', dry, {
  replicas: 3,
  concurrency: 8,
  on: 'process',
  attempts: 2,
  backoff: { initialMs: 5 },
})
// @ts-expect-error no such place
washer.stage('dryer', dry, { on: 'cloud' })
// @ts-expect-error no such option
washer.stage('dryer', dry, { replica: 3 })
// @ts-expect-error a source has no attempts
pipeline('dishes').source('washer', wash, { attempts: 3 })
washer.stage('dryer', dry, { deadLetter: ({ message, error }) => void [message.number, error.message] })
// @ts-expect-error the dead letter holds what the stage takes
washer.stage('dryer', dry, { deadLetter: ({ message }) => void message.driedBy })

// The context is known.
washer.stage('context', (dish, { signal, headers, attempt, log, stage, replica, redelivered }) => {
  log(`${stage} ${replica} ${attempt} ${redelivered} ${dish.number}`, headers)
  log.warn('slow')
  return fetch('http://localhost', { signal })
})
// @ts-expect-error no such thing in the context
washer.stage('context', (dish, { nothing }) => nothing ?? dish)

// A batch stage takes arrays.
washer
  .stage('rack', (batch, { headers }) => ({ size: batch.length, first: batch[0]?.number, headers }), {
    batch: { size: 8, withinMs: 5 },
  })
  .sink('end', (rack) => rack.size.toFixed())
washer.sink('end', (batch) => batch.map((dish) => dish.number), { batch: { size: 8 } })
washer.sink('end', { take: (batch) => void batch.length, end: () => undefined }, { batch: { size: 8 } })
washer.sink('end', { take: (dish) => void dish.number, end: async () => undefined })
// @ts-expect-error without `batch` it is one dish
washer.stage('rack', (batch) => batch.length)
// @ts-expect-error a batch needs its size
washer.stage('rack', (batch: Dish[]) => batch.length, { batch: { withinMs: 5 } })

// Branches: each gets the message type, merge() gives the union, and all ended is the end.
const merged = washer
  .branch(
    {
      odd: (b) => b.link(link()).stage('odd', (dish) => dish.number),
      even: (b) => b.stage('even', (dish) => `${dish.number}`),
      asIs: (b) => b,
      away: (b) => b.link(link()).sink('away', (dish) => void dish),
    },
    { route: (dish) => (dish.number % 2 === 0 ? 'even' : ['odd', 'asIs']) },
  )
  .merge()
merged.link(link()).sink('all', (message) => {
  same<typeof message, number | string | Dish>()
})
const ended = washer.branch({ a: (b) => b.sink('a', () => 1), b: (b) => b.link(link()).sink('b', () => 2) })
same<typeof ended, Pipeline>()
const nested = washer.branch({
  outer: (b) =>
    b
      .stage('one', dry)
      .branch({ x: (c) => c.stage('x', (dish) => dish.driedBy), y: (c) => c.sink('y', putAway) })
      .merge(),
  rest: (b) => b.sink('rest', () => 1),
})
nested.merge().sink('names', (name) => name.toUpperCase())
// @ts-expect-error branches are joined before anything follows
washer.branch({ a: (b) => b.stage('a', dry) }).stage('next', putAway)
// @ts-expect-error no such branch
washer.branch({ a: (b) => b.sink('a', () => 1) }, { route: () => 'b' })
// @ts-expect-error a branch may not end in a link
washer.branch({ a: (b) => b.link(link()) })
// @ts-expect-error a branch gets the message type
washer.branch({ a: (b) => b.stage('a', putAway) })
const either = washer.branch({ a: (b) => b.stage('a', () => 1), b: (b) => b.stage('b', () => 'x') }).merge()
// @ts-expect-error what merges may be either
either.sink('end', (n: number) => n)
// @ts-expect-error a branch cannot branch at once
washer.branch({ a: (b) => b.branch({}) })

// A program takes and gives what it says, and needs a link on either side.
declare const dryProgram: External<Dish, DryDish>
const linked = washer.link(link())
const programmed = linked.stage('dryer', dryProgram)
programmed.link(link()).sink('shelf', putAway)
linked.sink('shelf', external<Dish>(['shelf']), { concurrency: 2 })
linked
  .stage('dryer', external(['dryer']))
  .link(link())
  .sink('shelf', unsure)
declare const washProgram: External<void, Dish>
pipeline('dishes').source('washer', washProgram).link(link()).stage('dryer', dry)
// @ts-expect-error it takes what nobody gives
linked.stage('dryer', external<DryDish, Dish>(['dryer']))
const wet = linked.stage('dryer', external<Dish, Dish>(['dryer'])).link(link())
// @ts-expect-error the next takes what it does not give
wet.sink('shelf', putAway)
// @ts-expect-error it is not fused to what is before
washer.stage('dryer', dryProgram)
// @ts-expect-error nor to what is behind
programmed.stage('shelf', putAway)
// @ts-expect-error it is not told how often to try
linked.stage('dryer', dryProgram, { attempts: 3 })
// @ts-expect-error it is a process
linked.stage('dryer', dryProgram, { on: 'thread' })

function unsure(what: unknown): void {
  void what
}
