/** The same three stages as Node's object streams. */
import { Readable, Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { count, double } from '../pipelines/line.ts'
import type { Numbered } from '../pipelines/line.ts'
import type { LoneSubject } from '../subject.ts'

export const subject: LoneSubject = {
  async alone({ messages }) {
    let arrived = 0
    const doubling = new Transform({
      objectMode: true,
      transform(message: Numbered, _encoding, done) {
        done(null, double(message))
      },
    })
    const tally = new Writable({
      objectMode: true,
      write(_message, _encoding, done) {
        arrived++
        done()
      },
    })
    return async () => {
      await pipeline(Readable.from(count(messages)), doubling, tally)
      return { arrived }
    }
  },
}
