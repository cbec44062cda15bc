/** Dead letters as a branch of the pipeline: they flow through links and stages of their own. */
import type { DeadLetterRecord } from '../dead-letters/dead-letter.ts'
import type { Finished, OpenEnd } from './grammar.ts'
import { LetterBranch } from './letter-branch.ts'

/**
 * Sends a stage's dead letters into a branch, over any link: given as the stage's `deadLetter`. The message that
 * failed has ended when its letter has, so a letter is lost no more easily than the message would be.
 *
 * @example
 * import { deadLetterBranch, pipeline, run } from '@sluice/core'
 * import { backpressure } from '@sluice/patterns'
 *
 * const kept: string[] = []
 * const plates = pipeline('plates')
 *   .source('sink', () => ['plate', 'crack', 'bowl'])
 *   .link(backpressure())
 *   .stage('dry', (dish) => (dish === 'crack' ? Promise.reject(new Error('broken')) : dish), {
 *     deadLetter: deadLetterBranch((letters) =>
 *       letters.link(backpressure()).sink('bin', ({ message, error }) => void kept.push(`${message}: ${error.message}`)),
 *     ),
 *   })
 *   .sink('shelf', () => {})
 *
 * const { ledger } = await run(plates)
 * if (ledger.deadLettered !== 1 || kept[0] !== 'crack: broken') throw new Error(String(kept))
 */
export function deadLetterBranch<In>(
  build: (letters: OpenEnd<DeadLetterRecord<In>, Finished>) => Finished,
): LetterBranch<In> {
  return new LetterBranch<In>(build)
}
