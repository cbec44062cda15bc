/** A request or a reply in one frame, `"SL" 02 flags count`, the correlations and the payload: a message that travels alone costs by its frames. */
import { compactPayloadBytes, ProtocolError, putUint16, uint16 } from '@sluice/core/parts'
import { idOctets, idsIn, putIds } from './id-frame.ts'
import type { SluiceId } from './id-frame.ts'
import type { Correlation } from './packets.ts'

const versionOctet = 2
const headOctets = 6

/** More have a frame of their own, so that no frame of this form is too large. */
const mostIds = 256

/** What a frame says, and where its payload begins. */
export interface CompactBody {
  readonly id: SluiceId
  readonly from: number
}

/** Writes the frame; undefined where it would be no gain. */
export function encodeCompact(
  flags: number,
  ids: readonly Correlation[],
  payload: Uint8Array,
): Uint8Array | undefined {
  if (payload.length > compactPayloadBytes || ids.length > mostIds) return undefined
  const head = headOctets + ids.length * idOctets
  const frame = Buffer.allocUnsafe(head + payload.length)
  frame[0] = 0x53
  frame[1] = 0x4c
  frame[2] = versionOctet
  frame[3] = flags
  putUint16(frame, 4, ids.length)
  putIds(frame, headOctets, ids)
  frame.set(payload, head)
  return frame
}

/** Reads the frame. Throws `ProtocolError` (RR-14). */
export function decodeCompact(frame: Uint8Array): CompactBody {
  const isCompact = frame[0] === 0x53 && frame[1] === 0x4c && frame[2] === versionOctet
  if (!isCompact || frame.length < headOctets)
    throw new ProtocolError('RR-14', 'a single frame that is neither a request nor a reply')
  const count = uint16(frame, 4)
  const head = headOctets + count * idOctets
  if (count === 0 || frame.length < head)
    throw new ProtocolError('RR-14', `${count} correlations in a frame of ${frame.length} octets`)
  return { id: { flags: frame[3] ?? 0, ids: idsIn(frame, headOctets, head) }, from: head }
}
