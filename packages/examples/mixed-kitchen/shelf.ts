/** The shelf: answers for every dish, so that its dryer knows that it was put away. */
import type { StageContext } from '@sluice/core'
import type { DryDish } from './dish.ts'

/** Puts a dish away. */
export function putAway(dish: DryDish, { log }: StageContext): void {
  log.info(`put away ${dish.kind} ${dish.number} from ${dish.driedBy}`)
}
