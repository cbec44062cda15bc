/** Ours in one thread: three stages, async handlers, two backpressure links through memory. */
import { pipeline, run } from '@sluice/core'
import { backpressure } from '@sluice/patterns'
import { count, doubleLater } from '../pipelines/line.ts'
import type { LoneSubject } from '../subject.ts'

export const subject: LoneSubject = {
  async alone({ messages }) {
    let arrived = 0
    const line = pipeline('line')
      .source('count', () => count(messages))
      .link(backpressure())
      .stage('double', doubleLater)
      .link(backpressure())
      .sink('tally', async () => {
        arrived++
      })
    return async () => {
      await run(line)
      return { arrived }
    }
  },
}
