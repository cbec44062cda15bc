/** The tally: counts what it hears of; nobody waits for it. */
import type { StageContext } from '@sluice/core'

/** Returns a handler that counts dishes by kind. */
export function tally(): (dish: string, context: StageContext) => void {
  const dishes = new Map<string, number>()
  return (dish, { log }) => {
    dishes.set(dish, (dishes.get(dish) ?? 0) + 1)
    log.info([...dishes].map(([kind, count]) => `${count} ${kind}`).join(', '))
  }
}
