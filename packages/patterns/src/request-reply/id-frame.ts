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
      frame.writeUInt32BE(Math.floor(id / high), at)
      frame.writeUInt32BE(id % high, at + 4)
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
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  const ids: Correlation[] = []
  for (let at = headOctets; at < frame.length; at += idOctets) {
    const id = view.getUint32(at) * high + view.getUint32(at + 4)
    ids.push(Number.isSafeInteger(id) ? id : view.getBigUint64(at))
  }
  return { flags: frame[3] ?? 0, ids }
}
