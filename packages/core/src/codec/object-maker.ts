/**
 * Makes objects of one layout. An object that is written down as a literal has room for its keys from the
 * start, where one that gets them one by one is moved several times, and becomes a hash table beyond some
 * twenty; only code can be such a literal, so it is compiled.
 */

/** Makes an object of the values that begin at `base`. */
export type MakeObject = (values: readonly unknown[], base: number) => Record<string, unknown>

/** Keys that can stand in code as they are: nothing of a peer's gets into it but letters, digits, `_` and `$`. */
const plainKey = /^[A-Za-z_$][\w$]*$/

/**
 * Compiles a maker. Undefined where one of the keys is anything but a plain name or comes twice, and where the
 * process allows no code from strings (`--disallow-code-generation-from-strings`).
 */
export function compileMaker(keys: readonly string[]): MakeObject | undefined {
  if (new Set(keys).size < keys.length || !keys.every((key) => plainKey.test(key))) return undefined
  const properties = keys.map((key, index) => `${key}:values[base+${index}]`)
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- nothing gets here that is not a plain name
    return new Function('values', 'base', `return {${properties.join(',')}}`) as MakeObject
  } catch (error) {
    if (error instanceof EvalError) return undefined
    throw error
  }
}

/** Makes an object key by key. Of a key that comes twice the last value stays. */
export function makeOneByOne(
  keys: readonly string[],
  values: readonly unknown[],
  base: number,
): Record<string, unknown> {
  const made: Record<string, unknown> = {}
  for (let i = 0; i < keys.length; i++) made[keys[i]!] = values[base + i]
  return made
}
