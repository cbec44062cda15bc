/** Four receivers that share one sender, of which one is twenty times slower. */
import type { Findings } from '../subject.ts'

/** Messages that each receiver finishes in a millisecond. */
const paces = [2.5, 2.5, 2.5, 0.125]

/** A receiver's work: one message after the other, none before its time. */
export interface Cook {
  /** Resolves when this message is finished; the next begins after it. */
  work(): Promise<void>
}

export interface Kitchen {
  readonly cooks: readonly Cook[]
  /** Resolves when all messages are finished. */
  readonly done: Promise<Findings>
}

/** `messages` in all. The clock starts with the first of them. */
export function kitchen(messages: number): Kitchen {
  const { promise, resolve } = Promise.withResolvers<Findings>()
  const idealMs = messages / paces.reduce((sum, pace) => sum + pace)
  let left = messages
  let from = 0
  const finished = (): void => {
    if (--left > 0) return
    const elapsedMs = performance.now() - from
    resolve({ elapsedMs, overIdeal: Number((elapsedMs / idealMs).toFixed(3)) })
  }
  const begun = (now: number): void => {
    if (from === 0) from = now
  }
  return { cooks: paces.map((pace) => cook(1 / pace, begun, finished)), done: promise }
}

/** Keeps a time of its own: timers are too coarse for a message, and what one is late the next makes up for. */
function cook(eachMs: number, begun: (now: number) => void, finished: () => void): Cook {
  let freeAt = 0
  return {
    async work() {
      const now = performance.now()
      begun(now)
      // Time lost by a late timer is made up; time without a message is not.
      freeAt = Math.max(freeAt, now - 4) + eachMs
      while (performance.now() < freeAt) await new Promise((resolve) => setTimeout(resolve, 1))
      finished()
    },
  }
}
