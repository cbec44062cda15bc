/** The shelf: answers for every dish, so that a dryer knows that it was put away. */
import type { StageContext } from '@sluice/core'
import type { DryDish } from './dish.ts'

/** Puts a dish away; returning is the signal back to its dryer. */
export function putAway(dish: DryDish, { log }: StageContext): DryDish {
  log.info(`put away ${dish.kind} ${dish.number} from ${dish.driedBy}`)
  return dish
}
