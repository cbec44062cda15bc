/** Makes what fails smaller, as long as it fails. */

/**
 * Finds few of the parts, such as faults, with which something still fails; in their order. With any one of them less it passes.
 * `fails` is asked one list after the other, and has to answer the same for the same list.
 *
 * @example
 * import { shrink } from '@sluice/testing'
 *
 * const few = await shrink([1, 2, 3, 4, 5, 6], async (parts) => parts.includes(2) && parts.includes(5))
 * if (few.join() !== '2,5') throw new Error(few.join())
 */
export async function shrink<T>(
  parts: readonly T[],
  fails: (parts: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let few = parts
  for (let size = Math.ceil(few.length / 2); size > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < few.length;) {
      const fewer = [...few.slice(0, at), ...few.slice(at + size)]
      if (await fails(fewer)) few = fewer
      else at += size
    }
  }
  return few
}
