/** Numbers that flow through the pipelines of tests. */

/** A source of the first numbers from 0 on. */
export function numbers(count: number): () => Generator<number> {
  return function* () {
    for (let n = 0; n < count; n++) yield n
  }
}

/** The same numbers, all at once. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n)
}

/** A pause that no test's result depends on. */
export function breath(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
