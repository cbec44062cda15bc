/** Ours from one thread to another: backpressure over a MessagePort. */
import { run } from '@sluice/core'
import { nowMicros } from '../harness/percentiles.ts'
import { given, threaded } from '../pipelines/threaded.ts'
import type { LoneSubject } from '../subject.ts'

export const subject: LoneSubject = {
  async alone({ shape, messages }) {
    Object.assign(given, { shape, messages })
    return async () => {
      const { ledger } = await run(threaded)
      // A thread is started and ended once, whatever goes through it.
      return { elapsedMs: (nowMicros() - given.from) / 1_000, arrived: ledger.delivered }
    }
  },
}
