/** The tally: counts what it hears of; nobody waits for it. */
import type { StageContext } from '@sluice/core'
import type { DryDish } from './dish.ts'

/** Returns a handler that counts dishes by dryer. */
export function tally(): (dish: DryDish, context: StageContext) => void {
  const byDryer = new Map<string, number>()
  return ({ driedBy }, { log }) => {
    byDryer.set(driedBy, (byDryer.get(driedBy) ?? 0) + 1)
    log.info(
      [...byDryer]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([dryer, dishes]) => `${dryer}: ${dishes}`)
        .join(', '),
    )
  }
}
