/** Writes test/vectors/damage.json anew; run by hand when a golden conversation has changed. */
import { writeFileSync } from 'node:fs'
import { judgedVectors, placesOf } from './blows.ts'
import { judgedCases } from './damage.ts'

const about = {
  verdicts:
    'For each frame a string with a character for each damaged form of it, the other frames as they are: first cut to each length from 0 to one less than whole, then with each bit flipped, the lowest of the first octet first. "." the message is taken; "d" discarded and counted, which is no error; "x" refused with an error that names a rule, and counted; "o" either of these two, for what is of another epoch and broken besides.',
  vectors:
    'Each case of hostile.json, in its order, in the place of frame `at`: a character for each, with the same meaning.',
  before:
    'Messages to be sent ahead of each damaged one; they bring the subject into the state in which the golden message is legal. A consumer has a high-water mark of 4; a producer has messages enough to use all its credit, and the epoch that it draws stands in the place of e1e2e3e4e5e6e7e8.',
}
const cases = judgedCases()
const lines = (many: readonly unknown[]): string => many.map((each) => JSON.stringify(each)).join(',\n')
const file = new URL('../../vectors/damage.json', import.meta.url)
const title = 'Damaged messages and hostile octets in every place, and what each is to be taken for'
writeFileSync(
  file,
  `{
"title": ${JSON.stringify(title)},
"about": ${JSON.stringify(about)},
"cases": [
${lines(cases)}
],
"vectors": [
${lines(judgedVectors(placesOf(cases)))}
]
}
`,
)
