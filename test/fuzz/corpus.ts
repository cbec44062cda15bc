/** Inputs that are kept: golden conversations, vectors, and what reached new code when it was found. */
import { readFileSync, writeFileSync } from 'node:fs'
import { conversations } from '../support/conversations.ts'
import { hostileVectors, octetsOf } from '../support/vectors.ts'
import type { Input } from './mutate.ts'

const file = new URL('corpus.jsonl', import.meta.url)
/** Longer vectors say nothing that shorter ones do not, and take long. */
const mostOctets = 2_048

/** What lies in corpus.jsonl: a line for each input, an array of messages, each an array of frames as hex. */
export function keptInputs(): Input[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) =>
      (JSON.parse(line) as string[][]).map((message) => message.map((hex) => Buffer.from(hex, 'hex'))),
    )
}

/** Writes inputs where `keptInputs` reads them. */
export function keep(inputs: readonly Input[]): void {
  const lines = inputs.map((input) =>
    JSON.stringify(input.map((message) => message.map((frame) => frame.toString('hex')))),
  )
  writeFileSync(file, `${lines.join('\n')}\n`)
}

/** Inputs that come from elsewhere in the repository. */
export function goldenInputs(): Input[] {
  const talks = conversations().map(({ steps }) =>
    steps.flatMap(({ give, expect }) =>
      [give, expect].flatMap((frames) =>
        frames === undefined ? [] : [frames.map((hex) => Buffer.from(hex, 'hex'))],
      ),
    ),
  )
  const vectors = hostileVectors()
    .map((vector) => Buffer.from(octetsOf(vector)))
    .filter((frame) => frame.length <= mostOctets)
    .map((frame) => [[frame]])
  return [...talks, ...vectors]
}
