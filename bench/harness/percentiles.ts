/** Latencies, kept without garbage. */
import type { Findings } from '../subject.ts'

export class Percentiles {
  readonly #micros: Float64Array
  #count = 0

  constructor(most: number) {
    this.#micros = new Float64Array(most)
  }

  add(micros: number): void {
    if (this.#count < this.#micros.length) this.#micros[this.#count++] = micros
  }

  findings(): Findings {
    const sorted = this.#micros.subarray(0, this.#count).toSorted()
    return { p50: at(sorted, 0.5), p99: at(sorted, 0.99) }
  }
}

function at(sorted: Float64Array, share: number): number {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return Number(value.toFixed(1))
}

/** Microseconds on the clock that all processes of a machine share. */
export function nowMicros(): number {
  return Number(process.hrtime.bigint()) / 1_000
}
