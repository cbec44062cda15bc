/** Lists that mostly hold one value. */

/** The list with a value at its end: `push` on an empty list reserves room for seventeen, which one that stays alone never needs. */
export function appended<T>(list: T[], value: T): T[] {
  if (list.length === 0) return [value]
  list.push(value)
  return list
}
