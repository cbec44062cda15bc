/** What must hold of any frame, whatever is in it: our readers agree with each other and with a second reader of the protocol. */
import { ok } from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import {
  DecodeError,
  decode,
  decodeHeaders,
  decodeSequence,
  encode,
  PayloadReader,
  ProtocolError,
} from '@sluice/core'
import { scan } from '../../packages/core/src/codec/scan.ts'
import { streamWire } from '../../packages/patterns/src/fire-and-forget/wire.ts'
import { replierWire, requesterWire } from '../../packages/patterns/src/request-reply/wire.ts'
import { Broken, read, readHeaders } from '../support/damage/reader.ts'
import { answered, asked, pulled } from '../support/damage/referee.ts'
import type { Verdict } from '../support/damage/referee.ts'

const replier = replierWire(Infinity)
const requester = requesterWire(Infinity)
/** Remembers what came before, all along. */
const payloads = new PayloadReader(false)

/** What a reader gives, or undefined where it refuses by a rule; anything else that is thrown is a finding. */
function outcome<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch (error) {
    if (error instanceof DecodeError || error instanceof ProtocolError || error instanceof Broken)
      return undefined
    throw error
  }
}

/** Payload, args and headers. */
export function checkFrame(frame: Buffer): void {
  const wanted = outcome(() => read(frame, false))?.length
  const values = outcome(() => decodeSequence(frame))
  ok(values?.length === wanted, `the decoder finds ${values?.length}, where there are ${wanted}`)
  const remembering = outcome(() => payloads.read(frame).values())
  ok(isDeepStrictEqual(remembering, values), 'what came before changes what is read')
  const scanned = outcome(() => scan(frame))
  ok(scanned === wanted, `the scan finds ${scanned}, where there are ${wanted}`)
  const trusted = outcome(() => decodeSequence(frame, { trusted: true }))
  if (values !== undefined) {
    ok(isDeepStrictEqual(trusted, values), 'trusted octets are read as something else')
    const again = Buffer.concat(values.map((value) => encode(value)))
    ok(isDeepStrictEqual(decodeSequence(again), values), 'what was read is not what is read again')
  }
  checkUnique(frame, values)
}

/** The strict readers let msgpackr build the values: it must give the same. */
function checkUnique(frame: Buffer, values: readonly unknown[] | undefined): void {
  const wanted = outcome(() => read(frame, true))?.length
  const strict = outcome(() => decodeSequence(frame, { duplicateKeys: 'refuse' }))
  ok(strict?.length === wanted, `strictly there are ${strict?.length}, where there should be ${wanted}`)
  if (strict !== undefined) ok(isDeepStrictEqual(strict, values), 'msgpackr reads something else')
  const one = outcome(() => [decode(frame, { duplicateKeys: 'refuse' })])
  ok((one === undefined) === (wanted !== 1), 'args are one value and no more')
  const headers = outcome(() => decodeHeaders(frame, 1))
  const fits = outcome(() => [readHeaders(frame, 1)])
  ok((headers === undefined) === (fits === undefined), 'headers are judged in two ways')
}

/** The envelopes that have no state. */
export function checkMessage(frames: readonly Buffer[]): void {
  agree('a puller', pulled(frames), () => streamWire.decode(frames, payloads))
  agree('a replier', asked(frames), () => replier.decode(frames, payloads))
  agree('a requester', answered(frames), () => requester.decode(frames, payloads))
}

function agree(who: string, verdict: Verdict, look: () => object): void {
  const packet = outcome(look)
  const refused = packet === undefined || ('error' in packet && packet.error !== undefined)
  ok(
    refused === (verdict === 'x'),
    `${who} ${refused ? 'refuses' : 'takes'} it, where the verdict is ${verdict}`,
  )
}
