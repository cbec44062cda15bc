/**
 * Request-reply on the wire: the envelope of RFC 28, so that a bare REQ and a bare REP take part.
 *
 * RR-1 A request is `[id, empty, payload, headers?]`, its reply the same with the id octet for octet, RR-4 excepted. A request without an
 *   id frame, as a REQ socket sends it, is served; its reply has none.
 * RR-2 A Sluice id is `"SL" 01 flags` and n correlations of 8 octets, big endian, each unique within its requester's life. Any other id is
 *   opaque and stands for one value.
 * RR-3 Flags: bit 0 SLUICE, set by a Sluice replier in everything it sends; bit 1 CANCEL, the requester no longer wants these answers.
 * RR-4 A Sluice replier sets bit 0 in the id it returns. A reply may hold any correlations of that requester that are unanswered, of one request or of several,
 *   in any order, and one value for each.
 * RR-5 An announcement is `[id, empty, empty]` with bit 0 and no correlation: on connect from a replier that connects, at the first Sluice id
 *   from one that is bound, before the handler runs.
 * RR-6 Only to a peer that announced itself does a requester send several values in a frame, or CANCEL.
 * RR-7 An error reply has nil as its value and the headers `{error: {code, message}}`; never a stack. The codes `ERR_SLUICE_FULL` and
 *   `ERR_SLUICE_CLOSED` say that the request was not begun: the requester tries another peer.
 * RR-8 A reply to an unknown correlation is counted as late and ignored.
 * RR-9 A request whose payload is empty, cannot be decoded, or has another number of values than correlations is answered with an error
 *   reply of the code `ERR_SLUICE_DECODE` for each correlation.
 * RR-10 The end of a requester is `[id, empty, payload]` with bit 2 END and no correlation; the payload is one str, the requester's identity, or
 *   empty. A requester that drains sends it, when everything is answered, to every peer that announced itself. One that stands at the end of a
 *   link sends it to every peer, since a replier that never had a request has announced nothing; a bare REP sees a request.
 * RR-11 A replier counts the identities that have ended, each once; an end without an identity counts for its connection. It has ended when it has
 *   counted as many as it was told to expect and has answered everything.
 * RR-12 A message without an empty delimiter in first or second place, or with other frames than these, is refused; nothing is answered.
 * RR-13 A replier answers every END with `[id, empty, empty]` with bits 0 and 2 and no correlation. A requester repeats END every second
 *   until it is answered, so that a drain knows that the end arrived; to a peer that has not announced itself three times at most.
 * RR-14 Whoever sets bit 3 COMPACT takes one frame `"SL" 02 flags count`, the correlations and the payload, in the place of `[id, empty, payload]`.
 */
import {
  DecodeError,
  decodeHeaders,
  decodeSequence,
  encode,
  payloadOf,
  ProtocolError,
  ReceivedBatch,
  takesCompact,
} from '@sluice/core/parts'
import type { Batch, PayloadReader, Wire } from '@sluice/core'
import { decodeCompact, encodeCompact } from './compact.ts'
import { CANCEL, COMPACT, decodeId, encodeId, END, SLUICE } from './id-frame.ts'
import type { SluiceId } from './id-frame.ts'
import type { ReplyPacket, RequestPacket, RequestReplyPacket } from './packets.ts'

const empty = new Uint8Array(0)

/** What stands ahead of the delimiter, and behind it. */
interface Body {
  /** Undefined where it is opaque, or there is none. */
  readonly sluice: SluiceId | undefined
  readonly opaque: Uint8Array | undefined
  /** The frame with the payload, and where in it that begins. */
  readonly payload: Uint8Array
  readonly from: number
  readonly headers: Uint8Array | undefined
}

/** How a requester reads and writes that takes messages of so many bytes. */
export function requesterWire(maxMessageBytes: number): Wire<RequestReplyPacket> {
  return { encode: encoder(maxMessageBytes), decode: decodeReply }
}

/** How a replier reads and writes that takes messages of so many bytes. */
export function replierWire(maxMessageBytes: number): Wire<RequestReplyPacket> {
  return { encode: encoder(maxMessageBytes), decode: decodeRequest }
}

function encoder(maxMessageBytes: number): (packet: RequestReplyPacket) => Uint8Array[] {
  const own = takesCompact(maxMessageBytes) ? COMPACT : 0
  return (packet) => encodePacket(packet, own)
}

/** `own` is the flag by which this side asks for the compact form. */
function encodePacket(packet: RequestReplyPacket, own: number): Uint8Array[] {
  switch (packet.type) {
    case 'request':
      return withBody(packet, own)
    case 'reply':
      return withBody(packet, SLUICE | own)
    case 'cancel':
      return [encodeId(CANCEL, packet.ids), empty, empty]
    case 'announcement':
      return [encodeId(SLUICE | own, []), empty, empty]
    case 'end':
      return [encodeId(END, []), empty, packet.identity === undefined ? empty : encode(packet.identity)]
    case 'ended':
      return [encodeId(SLUICE | END, []), empty, empty]
  }
}

function withBody(packet: RequestPacket | ReplyPacket, flags: number): Uint8Array[] {
  const { ids, opaque, batch, headers } = packet
  const payload = batch === undefined ? empty : payloadOf(batch)
  if (packet.compact && ids !== undefined && headers === undefined) {
    const frame = encodeCompact(flags, ids, payload)
    if (frame !== undefined) return [frame]
  }
  const id = ids === undefined ? opaque : encodeId(flags, ids)
  const frames = id === undefined ? [empty, payload] : [id, empty, payload]
  if (headers !== undefined) frames.push(payloadOf(headers))
  return frames
}

function decodeRequest(frames: readonly Uint8Array[], payloads: PayloadReader): RequestReplyPacket {
  const body = bodyOf(frames)
  const { sluice, opaque } = body
  if (sluice === undefined) {
    const { batch, headers, error } = content(body, 1, payloads)
    return { type: 'request', ids: undefined, opaque, batch, headers, error, compact: false }
  }
  const { flags, ids } = sluice
  if ((flags & END) !== 0 && ids.length === 0) return { type: 'end', identity: identityIn(body.payload) }
  if ((flags & CANCEL) !== 0) return { type: 'cancel', ids }
  const { batch, headers, error } = content(body, ids.length, payloads)
  const compact = (flags & COMPACT) !== 0
  return { type: 'request', ids, opaque: undefined, batch, headers, error, compact }
}

function decodeReply(frames: readonly Uint8Array[], payloads: PayloadReader): RequestReplyPacket {
  const body = bodyOf(frames)
  if (body.sluice === undefined) throw new ProtocolError('RR-1', 'a reply without the id of a request')
  const { flags, ids } = body.sluice
  const isSluice = (flags & SLUICE) !== 0
  // A bare peer returns our own flags.
  const compact = isSluice && (flags & COMPACT) !== 0
  // It returns an END as it came, too: that says as well that it arrived.
  if (ids.length === 0) return (flags & END) === 0 ? { type: 'announcement', compact } : { type: 'ended' }
  const { batch, headers, error } = content(body, ids.length, payloads)
  return { type: 'reply', ids, opaque: undefined, batch, headers, error, sluice: isSluice, compact }
}

function bodyOf(frames: readonly Uint8Array[]): Body {
  const [only] = frames
  if (frames.length === 1 && only !== undefined && only.length > 0) {
    const { id, from } = decodeCompact(only)
    return { sluice: id, opaque: undefined, payload: only, from, headers: undefined }
  }
  // The delimiter is the first empty frame, and has to be the first or the second of all.
  const at = frames[0]?.length === 0 ? 0 : 1
  const payload = frames[at + 1]
  if (frames[at]?.length !== 0 || payload === undefined || frames.length > at + 3) {
    throw new ProtocolError('RR-12', `a message of ${frames.length} frames without a delimiter in its place`)
  }
  const id = at === 0 ? undefined : frames[0]
  const sluice = id === undefined ? undefined : decodeId(id)
  return { sluice, opaque: sluice === undefined ? id : undefined, payload, from: 0, headers: frames[at + 2] }
}

interface Content {
  readonly batch: Batch | undefined
  readonly headers: Batch | undefined
  readonly error: DecodeError | undefined
}

/** The values that belong to `count` correlations, or why they cannot be read. */
function content(body: Body, count: number, payloads: PayloadReader): Content {
  try {
    const batch = payloads.read(body.payload, body.from)
    if (batch.count !== count)
      throw new DecodeError('RR-9', `${batch.count} values for ${count} correlations`)
    const frame = body.headers
    const headers =
      frame === undefined ? undefined : new ReceivedBatch(decodeHeaders(frame, count), frame.length)
    return { batch, headers, error: undefined }
  } catch (error) {
    if (error instanceof DecodeError) return { batch: undefined, headers: undefined, error }
    throw error
  }
}

function identityIn(payload: Uint8Array): string | undefined {
  if (payload.length === 0) return undefined
  const [identity, ...more] = decodeSequence(payload)
  if (typeof identity === 'string' && more.length === 0) return identity
  throw new ProtocolError('RR-10', 'an END whose payload is not one text')
}
