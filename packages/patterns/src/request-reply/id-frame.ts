/** The id frame: `"SL" 01 flags`, then eight octets for each correlation (RR-2). Every other id is opaque. */
import type { Correlation } from './packets.ts'

/** Set by a Sluice replier in everything it sends (RR-3). */
export const SLUICE = 1
/** The requester no longer wants the answers to these correlations (RR-3). */
export const CANCEL = 2
/** The requester sends nothing more (RR-10); from the replier: it has seen that (RR-13). */
export const END = 4

const headOctets = 4
const idOctets = 8
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
  let at = headOctets
  for (const id of ids) {
    if (typeof id === 'number') {
      putUint32(frame, at, Math.floor(id / high))
      putUint32(frame, at + 4, id % high)
    } else {
      frame.writeBigUInt64BE(id, at)
    }
    at += idOctets
  }
  return frame
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
  const ids: Correlation[] = []
  for (let at = headOctets; at < frame.length; at += idOctets) {
    const upper = uint32(frame, at)
    const lower = uint32(frame, at + 4)
    // Beyond 2^53 a number would be rounded, and the octets have to go back as they came.
    ids.push(upper < exactHigh ? upper * high + lower : (BigInt(upper) << 32n) | BigInt(lower))
  }
  return { flags: frame[3] ?? 0, ids }
}

function uint32(frame: Uint8Array, at: number): number {
  const low = ((frame[at + 1] ?? 0) << 16) | ((frame[at + 2] ?? 0) << 8) | (frame[at + 3] ?? 0)
  return (frame[at] ?? 0) * 0x1000000 + low
}

/** An array of octets keeps the lowest eight bits of what is stored in it. */
function putUint32(frame: Uint8Array, at: number, value: number): void {
  frame[at] = value / 0x1000000
  frame[at + 1] = value >>> 16
  frame[at + 2] = value >>> 8
  frame[at + 3] = value
}
