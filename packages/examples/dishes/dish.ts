/** What travels through the kitchen. */
export interface Dish {
  readonly number: number
  readonly kind: Kind
}

/** A dish, and which dryer dried it. */
export interface DryDish extends Dish {
  readonly driedBy: string
}

/** The kinds of dishes, in the order in which they come. */
export const kinds = ['salad', 'bread', 'entree', 'dessert'] as const

/** One of the kinds. */
export type Kind = (typeof kinds)[number]
