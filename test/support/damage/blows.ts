/** All that a class is struck with: golden messages with their damage, and hostile vectors in every place that a value can have. */
import { hostileVectors, octetsOf } from '../vectors.ts'
import type { Blow, Frames } from './attack.ts'
import { damageCases, form, mark, vectorCases, writtenEpoch } from './damage.ts'
import type { Place, VectorCase } from './damage.ts'
import { answered, asked, consumed, produced, pulled } from './referee.ts'
import type { Session, Verdict } from './referee.ts'

export function placesOf(cases: readonly Place[]): readonly Place[] {
  const places = new Map(cases.map((each) => [`${each.class} ${each.side}`, each]))
  return [...places.values()].map(({ class: kind, side }) => ({ class: kind, side }))
}

const octets = (hex: string): Buffer => Buffer.from(hex, 'hex')

function casesAt(place: Place): ReturnType<typeof damageCases> {
  return damageCases().filter((each) => each.class === place.class && each.side === place.side)
}

/** Every damaged form of every golden message that it gets. */
export function blowsOfConversations(place: Place): readonly Blow[] {
  return casesAt(place).flatMap((each) => {
    const golden = each.frames.map(octets)
    const before = each.before.map((frames) => frames.map(octets))
    return each.verdicts.flatMap((verdicts, at) =>
      Array.from(verdicts, (verdict, index): Blow => {
        const what = `${each.id}, frame ${at}, form ${index}`
        return { what, before, golden, at, harm: (frame) => form(frame, index), verdict: verdict as Verdict }
      }),
    )
  })
}

/** A message with a place for a hostile frame. */
interface Slot {
  readonly name: string
  readonly golden: readonly string[]
  readonly at: number
}

const one = '01'
const id = '534c010000000000000000ff'
const epochs = writtenEpoch.toString('hex')
const text = (words: string): string => Buffer.from(words).toString('hex')
const dataArgs = `93c408${epochs}0000`
const ackArgs = `95c408${epochs}049090c2`

function slotsOf(place: Place): readonly Slot[] {
  const slot = (name: string, at: number, ...golden: readonly string[]): Slot => ({ name, golden, at })
  const args = (...commands: readonly string[]): Slot[] =>
    commands.map((command) => slot(`${command} args`, 1, text(command), one))
  switch (place.class) {
    case 'Puller':
      return [slot('payload', 0, one), slot('headers', 1, one, 'c0')]
    case 'Replier':
      return [
        slot('payload', 2, id, '', one),
        slot('payload of a bare peer', 1, '', one),
        slot('headers', 3, id, '', one, 'c0'),
        slot('identity of an END', 2, '534c0104', '', ''),
      ]
    case 'Requester':
      return [slot('payload', 2, id, '', one), slot('headers', 3, id, '', one, 'c0')]
    case 'Consumer':
      return [
        slot('payload', 2, text('DATA'), dataArgs, one),
        slot('headers', 3, text('DATA'), dataArgs, one, 'c0'),
        slot('DATA args', 1, text('DATA'), dataArgs, one),
        ...args('HELLO', 'WELCOME', 'ACK', 'BLOCKED', 'END', 'BYE'),
      ]
    default:
      return [
        slot('headers', 2, text('ACK'), ackArgs, 'c0'),
        slot('payload', 2, text('DATA'), dataArgs, one),
        ...args('HELLO', 'WELCOME', 'ACK', 'BLOCKED', 'END', 'BYE'),
      ]
  }
}

function judge(place: Place, frames: Frames): Verdict {
  const epoch = writtenEpoch
  const session: Session = {
    side: place.side,
    epoch,
    next: place.class === 'Producer' ? mark : 0,
    credit: mark,
  }
  switch (place.class) {
    case 'Puller':
      return pulled(frames)
    case 'Replier':
      return asked(frames)
    case 'Requester':
      return answered(frames)
    case 'Consumer':
      return consumed(frames, session)
    default:
      return produced(frames, session)
  }
}

const vectors = hostileVectors().map((vector) => ({ name: vector.id, frame: Buffer.from(octetsOf(vector)) }))

/** Works out what every vector is to be taken for as payload, headers and args, as far as a class gets them. */
export function judgedVectors(places: readonly Place[]): readonly VectorCase[] {
  return places.flatMap((place) => {
    const begun = casesAt(place).filter(({ before }) => before.length === 2)
    // The session that DATA or an ACK from the first message on is legal in.
    const first = begun.find(({ frames }) => frames[1]?.includes(`${epochs}00`) === true) ?? begun[0]
    return slotsOf(place).map(({ name, golden, at }) => {
      const frames = golden.map(octets)
      const verdicts = vectors.map(({ frame }) => {
        const whole = [...frames]
        whole[at] = frame
        return judge(place, whole)
      })
      const { class: kind, side } = place
      const before = first?.before ?? []
      return { class: kind, side, place: name, before, frames: golden, at, verdicts: verdicts.join('') }
    })
  })
}

/** Every hostile vector in every place. */
export function blowsOfVectors(place: Place): readonly Blow[] {
  return vectorCases().flatMap((each) => {
    if (each.class !== place.class || each.side !== place.side) return []
    const before = each.before.map((frames) => frames.map(octets))
    return vectors.map(({ name, frame }, index): Blow => ({
      what: `${name} as ${each.place}`,
      before,
      golden: each.frames.map(octets),
      at: each.at,
      harm: () => frame,
      verdict: each.verdicts[index] as Verdict,
    }))
  })
}
