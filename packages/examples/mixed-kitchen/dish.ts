/** What travels through the kitchen, here and in dryer.py. */
export interface Dish {
  readonly number: number
  readonly kind: string
}

/** A dish, and which dryer dried it. */
export interface DryDish extends Dish {
  readonly driedBy: string
}
