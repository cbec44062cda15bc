/** Whether what a subject says is what a conversation expects: epochs and correlations are drawn, and acks may be split. */
import { unpack } from 'msgpackr'
import type { Match } from './conversations.ts'

export type Octets = readonly Buffer[]

type Numbers = readonly (readonly [first: number, last: number])[]

/** Remembers which drawn octets stand for which written ones, and what was acked so far. */
export class Matching {
  readonly #names: (readonly [written: Buffer, drawn: Buffer])[] = []
  readonly #acked = new Map<string, Set<number>>()

  matches(match: Match, wanted: Octets, got: Octets): boolean {
    switch (match) {
      case 'octets':
        return this.#same(wanted, got)
      case 'greeting':
        return this.#greeting(wanted, got)
      case 'ack':
        return this.#ack(wanted, got)
      case 'bye':
        return this.#bye(wanted, got)
      case 'request':
        return this.#request(wanted, got)
      case 'error':
        return this.#error(wanted, got)
    }
  }

  /** A written frame with the octets that were drawn. */
  renamed(frame: Buffer): Buffer {
    let hex = frame.toString('hex')
    for (const [written, drawn] of this.#names)
      hex = hex.replaceAll(written.toString('hex'), drawn.toString('hex'))
    return Buffer.from(hex, 'hex')
  }

  #same(wanted: Octets, got: Octets): boolean {
    return (
      wanted.length === got.length &&
      wanted.every((frame, at) => this.renamed(frame).equals(got[at] ?? Buffer.alloc(0)))
    )
  }

  #greeting(wanted: Octets, got: Octets): boolean {
    if (got.length !== 2 || !wanted[0]?.equals(got[0] ?? Buffer.alloc(0))) return false
    const ours = args<Record<string, unknown>>(wanted)
    const theirs = args<Record<string, unknown>>(got)
    if (ours['role'] === 'sender') this.#name(ours['epoch'], theirs['epoch'])
    const renamed = unpack(this.renamed(wanted[1] ?? Buffer.alloc(0))) as Record<string, unknown>
    const plain = (position: Record<string, unknown>): string =>
      JSON.stringify(
        Object.entries(position)
          .filter(([name]) => name !== 'id')
          .toSorted(([a], [b]) => a.localeCompare(b)),
      )
    return plain(renamed) === plain(theirs)
  }

  #ack(wanted: Octets, got: Octets): boolean {
    const said = ackIn(got)
    if (said === undefined || got.length !== wanted.length) return false
    const { epoch, mark, ranges, ended } = said
    const acked = this.#acked.get(epoch.toString('hex')) ?? new Set<number>()
    this.#acked.set(epoch.toString('hex'), acked)
    for (const [first, last] of ranges) for (let n = first; n <= last; n++) acked.add(n)
    const ours = ackIn(wanted.map((frame) => this.renamed(frame)))
    if (ours === undefined) return false
    const named = ours.ranges.flatMap(([first, last]) =>
      Array.from({ length: last - first + 1 }, (_, n) => first + n),
    )
    const same = epoch.equals(ours.epoch) && mark === ours.mark && ended === ours.ended
    return same && named.every((n) => acked.has(n))
  }

  #bye(wanted: Octets, got: Octets): boolean {
    if (got[0]?.toString() !== 'BYE') return false
    const ours = unpack(this.renamed(wanted[1] ?? Buffer.alloc(0))) as unknown[]
    return JSON.stringify(ours.slice(0, 2)) === JSON.stringify(args<unknown[]>(got).slice(0, 2))
  }

  #request(wanted: Octets, got: Octets): boolean {
    const [ours, theirs] = [wanted[0] ?? Buffer.alloc(0), got[0] ?? Buffer.alloc(0)]
    if (ours.length !== theirs.length) return false
    // In the compact form a count stands ahead of the correlations, and the payload behind them.
    const compact = wanted.length === 1
    const from = compact ? 6 : 4
    const to = compact ? from + 8 * ours.readUInt16BE(4) : ours.length
    for (let at = from; at < to; at += 8) this.#name(ours.subarray(at, at + 8), theirs.subarray(at, at + 8))
    return this.#same(wanted, got)
  }

  #error(wanted: Octets, got: Octets): boolean {
    const code = (frames: Octets): unknown =>
      (unpack(frames[3] ?? Buffer.alloc(0)) as { error: { code: string } }).error.code
    return got.length === 4 && this.#same(wanted.slice(0, 3), got.slice(0, 3)) && code(wanted) === code(got)
  }

  #name(written: unknown, drawn: unknown): void {
    if (!(written instanceof Uint8Array && drawn instanceof Uint8Array)) return
    if (this.#names.some(([known]) => known.equals(written))) return
    this.#names.push([Buffer.from(written), Buffer.from(drawn)])
  }
}

interface Ack {
  readonly epoch: Buffer
  readonly mark: number
  readonly ranges: Numbers
  readonly ended: boolean
}

/** An ACK in either form. */
function ackIn(frames: Octets): Ack | undefined {
  const [first = Buffer.alloc(0)] = frames
  if (frames.length === 1 && first[0] === 0x41) {
    const number = (at: number): number => Number(first.readBigUInt64BE(at))
    const ranges = Array.from(
      { length: (first.length - 26) / 16 },
      (_, n) => [number(26 + 16 * n), number(34 + 16 * n)] as const,
    )
    return { epoch: first.subarray(2, 10), mark: number(18), ranges, ended: first[1] === 1 }
  }
  if (first.toString() !== 'ACK') return undefined
  const [epoch, mark, ranges, , ended] = args<[Buffer, number, Numbers, unknown, boolean]>(frames)
  return { epoch, mark, ranges, ended }
}

function args<T>(frames: Octets): T {
  return unpack(frames[1] ?? Buffer.alloc(0)) as T
}
