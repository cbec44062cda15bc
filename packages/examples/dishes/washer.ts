/** The washer: fast, and slowed to the pace of the dryers by the link behind it. */
import type { SourceContext } from '@sluice/core'
import { kinds, type Dish } from './dish.ts'

/** Longer than this between two dishes, in milliseconds, and the washer says that it had to wait. */
const noticeableMs = 20

/** Returns a source of `count` dishes in the chapter's order. */
export function wash(count: number): (context: SourceContext) => Generator<Dish> {
  return function* ({ log }) {
    for (let number = 1; number <= count; number++) {
      const kind = kinds[(number - 1) % kinds.length] ?? 'salad'
      const put = performance.now()
      yield { number, kind }
      const waitedMs = Math.round(performance.now() - put)
      log.info(`washed ${kind} ${number}${waitedMs > noticeableMs ? `, waited ${waitedMs} ms for room` : ''}`)
    }
  }
}
