/** Every truncation and every flipped bit of golden messages, and what each of them is to be taken for. */
import { readFileSync } from 'node:fs'
import { conversations } from '../conversations.ts'
import type { Subject } from '../conversations.ts'
import { answered, asked, consumed, produced, pulled } from './referee.ts'
import type { Session, Verdict } from './referee.ts'

/** One golden message that is damaged, and where it comes. Frames are hex. */
export interface DamageCase {
  /** The conversation that it is of. */
  readonly id: string
  readonly class: Subject['class']
  readonly side: Subject['side']
  /** Messages that bring the subject into the state in which the message is golden; to be sent ahead of each damaged one. */
  readonly before: readonly (readonly string[])[]
  readonly frames: readonly string[]
  /** For each frame a character for each damaged form: first cut to each length from 0 on, then with each bit flipped. */
  readonly verdicts: readonly string[]
}

/** Which of ours, and on which side of the connection. */
export type Place = Pick<DamageCase, 'class' | 'side'>

/** Hostile vectors in one place of one message, and what each is to be taken for there. Frames are hex. */
export interface VectorCase extends Place {
  readonly place: string
  /** Messages that bring the subject into the state in which the message is legal. */
  readonly before: DamageCase['before']
  readonly frames: readonly string[]
  /** Which of the frames the vector stands in for. */
  readonly at: number
  /** A character for each case of hostile.json, in its order. */
  readonly verdicts: string
}

const file = new URL('../../vectors/damage.json', import.meta.url)

interface Content {
  readonly cases: readonly DamageCase[]
  readonly vectors: readonly VectorCase[]
}

function content(): Content {
  return JSON.parse(readFileSync(file, 'utf8')) as Content
}

/** Damaged golden messages, as they lie in test/vectors. */
export function damageCases(): readonly DamageCase[] {
  return content().cases
}

/** Hostile vectors in places, as they lie in test/vectors. */
export function vectorCases(): readonly VectorCase[] {
  return content().vectors
}

/** How many damaged forms a frame of this length has. */
export function formCount(octets: number): number {
  return octets * 9
}

/** A damaged form of a frame, in the order of the verdicts: bit 0 of an octet is its lowest. */
export function form(frame: Buffer, index: number): Buffer {
  if (index < frame.length) return frame.subarray(0, index)
  const copy = Buffer.from(frame)
  const bit = index - frame.length
  copy[bit >> 3]! ^= 1 << (bit & 7)
  return copy
}

/** The epoch that golden conversations are written with; a producer draws its own, which then stands in its place. */
export const writtenEpoch: Buffer = Buffer.from('e1e2e3e4e5e6e7e8', 'hex')

/** The mark of a consumer and of a producer's receiver in these cases, and so the number of messages in flight. */
export const mark = 4

const text = (words: string): string => Buffer.from(words).toString('hex')
const hello = [
  text('HELLO'),
  '87a17601a4726f6c65a673656e646572a26964a6776173686572a5636f646563a76d73677061636ba565706f6368c408e1e2e3e4e5e6e7e8a46e65787400a561636b656400',
]
const welcome = [text('WELCOME'), hello[1]!]
/** It allows few octets, so that a mark that is damaged to be huge lets little more through. */
const receiver =
  '88a17601a4726f6c65a87265636569766572a26964a56472796572a5636f646563a76d73677061636ba565706f6368c408e1e2e3e4e5e6e7e8a46e65787400a368776d04a868776d4279746573cd0400'
const byeToAll = [text('BYE'), '93c0a6636c6f736564a0']

/** Brings a subject into a known state, and says which. */
interface Stage {
  readonly before: DamageCase['before']
  readonly verdict: (frames: readonly Buffer[]) => Verdict
}

function stageOf(
  { class: kind, side }: Pick<Subject, 'class' | 'side'>,
  command: string,
  first: number,
): Stage {
  const greets = command === 'HELLO' || command === 'WELCOME'
  const session = (next: number): Session => ({
    side,
    epoch: greets ? undefined : writtenEpoch,
    next,
    credit: mark,
  })
  switch (kind) {
    case 'Puller':
      return { before: [], verdict: pulled }
    case 'Replier':
      return { before: [], verdict: asked }
    case 'Requester':
      return { before: [], verdict: answered }
    case 'Consumer': {
      const greeting = [...(side === 'bind' ? hello : welcome)]
      // A session that begins at the number with which the golden message goes on; all these numbers are small.
      greeting[1] = greeting[1]!.replace('a46e65787400', `a46e657874${first.toString(16).padStart(2, '0')}`)
      return {
        before: greets ? [byeToAll] : [byeToAll, greeting],
        verdict: (frames) => consumed(frames, session(first)),
      }
    }
    default: {
      const greeting = [side === 'bind' ? text('HELLO') : text('WELCOME'), receiver]
      // Before its receiver's WELCOME a producer that connects has said an epoch and sent nothing.
      const begun = {
        ...session(greets ? 0 : mark),
        epoch: side === 'connect' || !greets ? writtenEpoch : undefined,
      }
      return {
        before: greets ? [byeToAll] : [byeToAll, greeting],
        verdict: (frames) => produced(frames, begun),
      }
    }
  }
}

/** The sequence number that a golden DATA, BLOCKED or END goes on with: its second argument, or the last octet of the compact head. */
function firstOf(frames: readonly Buffer[]): number {
  const number = (frames.length === 1 ? frames[0]?.[17] : frames[1]?.[11]) ?? 0
  return number < 0x80 ? number : 0
}

/** Works out every case from the golden conversations; each message that a class of subject gets comes once. */
export function judgedCases(): readonly DamageCase[] {
  const known = new Set<string>()
  const cases: DamageCase[] = []
  for (const { id, subject, steps } of conversations()) {
    for (const { give } of steps) {
      const key = JSON.stringify([subject.class, subject.side, give])
      if (give === undefined || known.has(key)) continue
      known.add(key)
      const frames: Buffer[] = give.map((frame) => Buffer.from(frame, 'hex'))
      const command = frames.length === 1 ? '' : (frames[0]?.toString('latin1') ?? '')
      const { before, verdict } = stageOf(
        subject,
        command,
        subject.class === 'Consumer' ? firstOf(frames) : 0,
      )
      const verdicts = frames.map((frame, at) =>
        Array.from({ length: formCount(frame.length) }, (_, index) => {
          const other: Buffer[] = [...frames]
          other[at] = form(frame, index)
          return verdict(other)
        }).join(''),
      )
      cases.push({ id, class: subject.class, side: subject.side, before, frames: give, verdicts })
    }
  }
  return cases
}
