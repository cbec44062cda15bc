/** Many requests at once, and how long each took. */
import type { Findings, Work } from '../subject.ts'
import { nowMicros, Percentiles } from './percentiles.ts'

/** Asks for every message, `inFlight` at a time. */
export async function asking(
  { messages, inFlight }: Work,
  values: readonly unknown[],
  ask: (value: unknown) => Promise<unknown>,
): Promise<Findings> {
  const latencies = new Percentiles(messages)
  let next = 0
  const loop = async (): Promise<void> => {
    while (next < messages) {
      const value = values[next++ & 1023]
      const from = nowMicros()
      await ask(value)
      latencies.add(nowMicros() - from)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, loop))
  return latencies.findings()
}
