/** Judges what was handled against what was sent: pure, so that a test can show it logs in which something is wrong. */
import type { Handled } from './record.ts'

/** What must hold of a log. */
export interface Expectation {
  /** The messages 0 to `sent - 1` were accepted, each once. */
  readonly sent: number
  /** Most duplicates that the faults explain: window × failures. */
  readonly mostDuplicates: number
  /** Whether every duplicate must be marked. Left out: true. */
  readonly marked?: boolean
  /** The key of a message, where messages of one key must come in order. */
  readonly key?: (n: number) => string | number
}

/** What was found, in counts, and each promise that does not hold in a sentence. */
export interface Verdict {
  readonly handled: number
  readonly lost: number
  readonly duplicates: number
  readonly unmarked: number
  readonly strangers: number
  readonly inversions: number
  readonly broken: readonly string[]
}

/** Counts what is lost, twice, unmarked, out of order or was never sent. */
export function check(records: readonly Handled[], expected: Expectation): Verdict {
  const { sent, mostDuplicates, marked = true, key } = expected
  const times = new Map<number, number>()
  const unmarkedTimes = new Map<number, number>()
  for (const record of records) {
    times.set(record.n, (times.get(record.n) ?? 0) + 1)
    if (!record.marked) unmarkedTimes.set(record.n, (unmarkedTimes.get(record.n) ?? 0) + 1)
  }
  const known = [...times.keys()].filter((n) => n < sent)
  const found = {
    handled: known.length,
    lost: sent - known.length,
    duplicates: records.length - times.size,
    // One delivery is the first, whichever arrived first: every other must say that it may not be.
    unmarked: [...unmarkedTimes.values()].reduce((sum, count) => sum + count - 1, 0),
    strangers: times.size - known.length,
    inversions: key === undefined ? 0 : inversions(records, key),
  }
  const broken: string[] = []
  if (found.lost > 0) broken.push(`lost ${found.lost}: ${firstMissing(times, sent)} and more were accepted`)
  if (found.duplicates > mostDuplicates)
    broken.push(`${found.duplicates} duplicates, and the faults explain ${mostDuplicates}`)
  if (marked && found.unmarked > 0) broken.push(`${found.unmarked} duplicates came unmarked`)
  if (found.strangers > 0) broken.push(`${found.strangers} messages came that nobody sent`)
  if (found.inversions > 0) broken.push(`${found.inversions} messages came after later ones of their key`)
  return { ...found, broken }
}

/** First deliveries that came after a later message of the same key. */
function inversions(records: readonly Handled[], key: (n: number) => string | number): number {
  const seen = new Set<number>()
  const latest = new Map<string | number, number>()
  let count = 0
  for (const { n } of records) {
    if (seen.has(n)) continue
    seen.add(n)
    const before = latest.get(key(n)) ?? -1
    if (n < before) count++
    else latest.set(key(n), n)
  }
  return count
}

function firstMissing(times: ReadonlyMap<number, number>, sent: number): number {
  let n = 0
  while (n < sent && times.has(n)) n++
  return n
}

/** Numbers that their sender was told were finished, and no handler ever had. */
export function falselyAcked(acked: Iterable<number>, records: readonly Handled[]): number[] {
  const handled = new Set(records.map(({ n }) => n))
  return [...acked].filter((n) => !handled.has(n))
}

/** The longest time in which nothing was handled, in milliseconds. */
export function longestGapMs(records: readonly Handled[]): number {
  let longest = 0
  for (let at = 1; at < records.length; at++) {
    longest = Math.max(longest, (records[at]?.at ?? 0) - (records[at - 1]?.at ?? 0))
  }
  return longest
}

/** How many were handled within a span of time, by receivers whose names satisfy. */
export function handledWithin(
  records: readonly Handled[],
  [from, to]: readonly [number, number],
  who: (by: string) => boolean,
): number {
  return records.filter(({ at, by }) => at >= from && at < to && who(by)).length
}
