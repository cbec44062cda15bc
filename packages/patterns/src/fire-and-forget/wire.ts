/**
 * Fire-and-forget on the wire, from PUSH to PULL.
 *
 * FNF-1 A batch is `[payload]`, or `[payload, headers]` when one of its messages has headers.
 * FNF-2 A single empty frame ends the stream of the sender that wrote it.
 * FNF-3 Any other number of frames is refused.
 */
import { decodeHeaders, payloadOf, ProtocolError, ReceivedBatch } from '@sluice/core/parts'
import type { Batch, Wire } from '@sluice/core'

/** Messages with a map or nil for each when one has headers; without a batch it is the end of the stream. */
export interface StreamPacket {
  readonly batch: Batch | undefined
  readonly headers: Batch | undefined
}

const empty = new Uint8Array(0)

/** How both sides read and write. */
export const streamWire: Wire<StreamPacket> = {
  encode({ batch, headers }) {
    if (batch === undefined) return [empty]
    return headers === undefined ? [payloadOf(batch)] : [payloadOf(batch), payloadOf(headers)]
  },
  decode(frames, payloads) {
    const [payload, headers] = frames
    if (payload === undefined || frames.length > 2) {
      throw new ProtocolError('FNF-3', `a message of ${frames.length} frames`)
    }
    if (payload.length === 0 && headers === undefined) return { batch: undefined, headers: undefined }
    const batch = payloads.read(payload)
    return { batch, headers: headers === undefined ? undefined : headersBatch(headers, batch.count) }
  },
}

function headersBatch(frame: Uint8Array, count: number): Batch {
  return new ReceivedBatch(decodeHeaders(frame, count), frame.length)
}
