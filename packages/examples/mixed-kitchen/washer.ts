/** The washer: as fast as the dryers let it be. */
import type { SourceContext } from '@sluice/core'
import type { Dish } from './dish.ts'

/** How many rounds of the four dishes there are. */
const rounds = 5

/** Washes the chapter's dishes, round after round. */
export function* wash({ log }: SourceContext): Generator<Dish> {
  let number = 0
  for (let round = 0; round < rounds; round++) {
    for (const kind of ['salad', 'bread', 'entree', 'dessert']) {
      number += 1
      log.info(`washed ${kind} ${number}`)
      yield { number, kind }
    }
  }
}
