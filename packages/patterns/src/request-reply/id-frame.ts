/** The id frame: `"SL" 01 flags`, then eight octets for each correlation (RR-2). Every other id is opaque. */
import { putInt64, uint32 } from '@sluice/core/parts'
import type { Correlation } from './packets.ts'

/** Set by a Sluice replier in everything it sends (RR-3). */
export const SLUICE = 1
/** The requester no longer wants the answers to these correlations (RR-3). */
export const CANCEL = 2
/** The requester sends nothing more (RR-10); from the replier: it has seen that (RR-13). */
export const END = 4
/** Whoever sends it takes requests or replies in one frame (RR-14). */
export const COMPACT = 8

const headOctets = 4
/** Octets of a correlation. */
export const idOctets = 8
const versionOctet = 1
const high = 2 ** 32
/** Upper halves below this make numbers that are exact. */
const exactHigh = 2 ** 21

/** What a Sluice id says. */
export interface SluiceId {
  readonly flags: number
  readonly ids: readonly Correlation[]
}

/** Writes a Sluice id. */
export function encodeId(flags: number, ids: readonly Correlation[]): Uint8Array {
  const frame = Buffer.allocUnsafe(headOctets + ids.length * idOctets)
  frame[0] = 0x53
  frame[1] = 0x4c
  frame[2] = versionOctet
  frame[3] = flags
  putIds(frame, headOctets, ids)
  return frame
}

/** Writes correlations one after the other. */
export function putIds(frame: Buffer, from: number, ids: readonly Correlation[]): void {
  let at = from
  for (const id of ids) {
    if (typeof id === 'number') {
      putInt64(frame, at, id)
    } else {
      frame.writeBigUInt64BE(id, at)
    }
    at += idOctets
  }
}

/** What an id frame says, or undefined when it is opaque. */
export function decodeId(frame: Uint8Array): SluiceId | undefined {
  const isSluice =
    frame[0] === 0x53 &&
    frame[1] === 0x4c &&
    frame[2] === versionOctet &&
    frame.length >= headOctets &&
    (frame.length - headOctets) % idOctets === 0
  if (!isSluice) return undefined
  return { flags: frame[3] ?? 0, ids: idsIn(frame, headOctets, frame.length) }
}

/** The correlations between two places, eight octets each. */
export function idsIn(frame: Uint8Array, from: number, to: number): Correlation[] {
  const ids = new Array<Correlation>((to - from) / idOctets)
  for (let at = from, i = 0; at < to; at += idOctets, i++) {
    const upper = uint32(frame, at)
    const lower = uint32(frame, at + 4)
    // Beyond 2^53 a number would be rounded, and the octets have to go back as they came.
    ids[i] = upper < exactHigh ? upper * high + lower : (BigInt(upper) << 32n) | BigInt(lower)
  }
  return ids
}
