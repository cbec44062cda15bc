/** Ours in one thread: three stages with no link between them, plain handlers. */
import { pipeline, run } from '@sluice/core'
import { count, double } from '../pipelines/line.ts'
import type { LoneSubject } from '../subject.ts'

export const subject: LoneSubject = {
  async alone({ messages }) {
    let arrived = 0
    const line = pipeline('line')
      .source('count', () => count(messages))
      .stage('double', double)
      .sink('tally', () => {
        arrived++
      })
    return async () => {
      await run(line)
      return { arrived }
    }
  },
}
