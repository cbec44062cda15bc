/** What must hold of the two sides of request-reply, whatever a peer says and in whatever order. */
import { ok } from 'node:assert/strict'
import { DecodeError, PackedBatchBuilder, PayloadReader, ProtocolError } from '@sluice/core'
import type { Clock, Peer, Wire } from '@sluice/core'
import type { RequestReplyPacket } from '../../packages/patterns/src/request-reply/packets.ts'
import { ReplierSession } from '../../packages/patterns/src/request-reply/replier-session.ts'
import { RequesterSession } from '../../packages/patterns/src/request-reply/requester-session.ts'
import { replierWire, requesterWire } from '../../packages/patterns/src/request-reply/wire.ts'
import type { Input } from './mutate.ts'

const window = 4
const bound = 8
const replier = replierWire(Infinity)
const requester = requesterWire(Infinity)
const payloads = new PayloadReader(false)

/** A packet, or nothing where its bytes are refused by a rule. */
function heard(wire: Wire<RequestReplyPacket>, frames: readonly Buffer[]): RequestReplyPacket | undefined {
  try {
    return wire.decode(frames, payloads)
  } catch (error) {
    if (error instanceof DecodeError || error instanceof ProtocolError) return undefined
    throw error
  }
}

/** Says the messages to a replier's session: no request is handed over twice, and none waits beyond the bounds. */
export function checkReplier(input: Input): void {
  const held: (() => void)[] = []
  const packets: RequestReplyPacket[] = []
  const session = new ReplierSession(
    {
      window,
      highWaterMark: bound,
      maxBatchMessages: 3,
      maxBatchBytes: 1_000,
      maxMessageBytes: 1e6,
      maxBufferedBytes: 1e6,
      senders: undefined,
    },
    {
      deliver: (delivery) => {
        for (const index of delivery.values.keys())
          held.push(() => delivery.settle(index, 'delivered', undefined, delivery.values[index]))
      },
      gathered: () => undefined,
      changed: () => undefined,
    },
  )
  const peer: Peer = { label: 'fuzz' }
  session.read(true)
  const outlet = {
    builder: () => new PackedBatchBuilder(),
    send: (_: Peer, packet: RequestReplyPacket) => void packets.push(packet),
  }
  session.up(peer, outlet, false)
  for (const frames of input) {
    const packet = heard(replier, frames)
    if (packet === undefined) continue
    session.packet(peer, packet)
    ok(held.length <= window, `${held.length} requests are handed over, where ${window} may be`)
    if (held.length > 2) held.shift()?.()
    session.flush()
    // What is answered can be written, whatever the request was.
    for (const reply of packets.splice(0)) replier.encode(reply)
  }
  for (let settle = held.shift(); settle !== undefined; settle = held.shift()) settle()
  const { received, delivered, dropped, failed, deadLettered, held: left } = session.stats()
  ok(left === 0 && received === delivered + dropped + failed + deadLettered, 'a request has no outcome')
  session.down(peer)
}

const clock: Clock = {
  time: () => 0,
  now: () => 0,
  after: () => ({ cancel: () => undefined }),
  turn: (run) => run(),
}

/** Says the messages to a requester's session with requests in flight: each of them ends at most once. */
export function checkRequester(input: Input): void {
  const ends = new Array<number>(window).fill(0)
  const backoff = { initialMs: 10, factor: 2, maxMs: 40, jitter: 0 }
  const settings = {
    inFlight: window,
    backoff,
    maxBatchMessages: 3,
    maxBatchBytes: 1e9,
    maxMessageBytes: 1e9,
    random: () => 0,
  }
  const session = new RequesterSession(settings, {
    builder: () => new PackedBatchBuilder(),
    send: () => undefined,
  })
  const peer: Peer = { label: 'fuzz' }
  session.up(peer)
  let now = 0
  for (let at = 0; at < window; at++) {
    const end = (): void => void ends[at]!++
    session.submit({ answered: end, failed: end }, at, undefined, { timeoutMs: 1_000, retries: 1 }, now)
  }
  session.flush()
  for (const frames of input) {
    const packet = heard(requester, frames)
    now += 100
    if (packet !== undefined) session.packet(peer, packet, clock)
    session.tick(now)
    session.flush()
    const ended = ends.reduce((sum, each) => sum + each, 0)
    ok(
      ends.every((each) => each <= 1),
      'a request has ended twice',
    )
    ok(session.outstanding === window - ended, 'a request that has not ended is forgotten')
    ok(session.inFlight >= 0 && session.inFlight <= session.outstanding, 'more in flight than outstanding')
  }
  session.down(peer, now)
  session.abandon(new Error('over'))
  ok(
    ends.every((each) => each === 1),
    'a request never ends',
  )
}
