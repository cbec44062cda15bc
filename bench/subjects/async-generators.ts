/** The same three stages as async generators composed by hand: no queue, no count, no retry. */
import { count, doubleLater } from '../pipelines/line.ts'
import type { Numbered } from '../pipelines/line.ts'
import type { LoneSubject } from '../subject.ts'

async function* source(messages: number): AsyncGenerator<Numbered> {
  yield* count(messages)
}

async function* doubled(messages: AsyncIterable<Numbered>): AsyncGenerator<Numbered> {
  for await (const message of messages) yield await doubleLater(message)
}

export const subject: LoneSubject = {
  async alone({ messages }) {
    const tally = { arrived: 0 }
    const take = async (): Promise<void> => {
      tally.arrived++
    }
    return async () => {
      for await (const message of doubled(source(messages))) if (message.n >= 0) await take()
      return tally
    }
  },
}
