/** A dryer: slow, and there are three of them. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { StageContext } from '@sluice/core'
import type { Dish, DryDish } from './dish.ts'

/** How long each kind takes to dry, in milliseconds. */
const dryingMs = { salad: 30, bread: 20, entree: 60, dessert: 40 } as const

/** Dries one dish and says so. */
export async function dry(dish: Dish, { signal, log, replica }: StageContext): Promise<DryDish> {
  await sleep(dryingMs[dish.kind], undefined, { signal })
  log.info(`dried ${dish.kind} ${dish.number}`)
  return { ...dish, driedBy: `dryer ${replica + 1}` }
}
