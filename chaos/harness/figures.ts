/** Figures in a form that fits a row. */

/** The middle of some figures; NaN of none. */
export function medianOf(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2
}

/** Smallest, middle and largest, as `1 / 2 / 3 unit`. */
export function spread(figures: readonly number[], unit: string, digits = 0): string {
  if (figures.length === 0) return 'none'
  const three = [Math.min(...figures), medianOf(figures), Math.max(...figures)]
  return `${three.map((figure) => figure.toFixed(digits)).join(' / ')} ${unit}`
}

/** Bytes as MiB. */
export function mebibytes(bytes: number): number {
  return bytes / 2 ** 20
}

/** Numbers that look random and are the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
