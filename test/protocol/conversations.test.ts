/** Whole conversations of test/vectors, against real sockets: the same that every other language's client is held to. */
import { describe, expect, it } from 'vitest'
import { conversations } from '../support/conversations.ts'
import { Replay } from '../support/replay.ts'

describe('conversations of the vectors', () => {
  it.each(conversations().map((one) => [one.rules.join(' '), one.id, one.title, one] as const))(
    '%s: %s %s',
    async (_rules, _id, _title, conversation) => {
      await using replay = new Replay(conversation)
      await replay.run()
    },
  )

  it('there are some of each pattern', () => {
    const classes = new Set(conversations().map(({ subject }) => subject.class))
    expect([...classes].toSorted()).toEqual([
      'Consumer',
      'Producer',
      'Puller',
      'Pusher',
      'Replier',
      'Requester',
    ])
  })
})
