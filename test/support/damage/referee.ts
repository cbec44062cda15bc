/**
 * What a peer must make of frames, by docs/protocol.md: independent of what either language does. The subject of a case is in a
 * known state, which the case's first messages have brought about.
 */
import { Broken, read, readHeaders, readOne } from './reader.ts'
import type { Value } from './reader.ts'

/**
 * `.` taken; `d` discarded and counted, which is no error (BP-6, BP-16); `x` refused by a rule and counted; `o` one of the latter
 * two, for what is of another epoch and broken besides.
 */
export type Verdict = '.' | 'd' | 'x' | 'o'

/** A session of backpressure in which a message comes. */
export interface Session {
  readonly side: 'bind' | 'connect'
  /** Undefined before there is one. */
  readonly epoch: Buffer | undefined
  /** Of the receiver: the next message to come. Of the sender: the next to be sent, from 0 on, with none acked. */
  readonly next: number
  /** Of the receiver: how many more may come. */
  readonly credit: number
}

type Frames = readonly Buffer[]

/** Puts a `Broken` in its place. */
function judge(look: () => Verdict): Verdict {
  try {
    return look()
  } catch (error) {
    if (error instanceof Broken) return 'x'
    throw error
  }
}

function broken(what: string): never {
  throw new Broken(what)
}

/** FNF-1 to FNF-3. */
export function pulled(frames: Frames): Verdict {
  return judge(() => {
    const [payload, headers, ...more] = frames
    if (payload === undefined || more.length > 0) return 'x'
    if (payload.length === 0 && headers === undefined) return '.'
    const { length } = read(payload, false)
    if (headers !== undefined) readHeaders(headers, length)
    return '.'
  })
}

interface Letter {
  readonly flags: number
  /** Undefined where the id is opaque or missing. */
  readonly correlations: number | undefined
  readonly payload: Buffer
  readonly headers: Buffer | undefined
}

/** RR-14. */
function compactLetter(frame: Buffer): Letter {
  if (frame.subarray(0, 3).toString('latin1') !== 'SL\x02' || frame.length < 6) broken('RR-14')
  const correlations = frame.readUInt16BE(4)
  const head = 6 + 8 * correlations
  if (correlations === 0 || frame.length < head) broken('RR-14')
  return { flags: frame[3] ?? 0, correlations, payload: frame.subarray(head), headers: undefined }
}

/** RR-1, RR-2, RR-12. */
function letter(frames: Frames): Letter {
  const [only] = frames
  if (frames.length === 1 && only !== undefined && only.length > 0) return compactLetter(only)
  const at = frames[0]?.length === 0 ? 0 : 1
  const [delimiter, payload, headers, ...more] = frames.slice(at)
  if (delimiter?.length !== 0 || payload === undefined || more.length > 0) broken('RR-12')
  const id = at === 0 ? undefined : frames[0]
  const sluice = id?.subarray(0, 3).toString('latin1') === 'SL\x01' && id.length % 8 === 4
  const correlations = sluice && id !== undefined ? (id.length - 4) / 8 : undefined
  return { flags: sluice ? (id?.[3] ?? 0) : 0, correlations, payload, headers }
}

function content({ payload, headers }: Letter, count: number): Verdict {
  if (read(payload, false).length !== count) broken('RR-9')
  if (headers !== undefined) readHeaders(headers, count)
  return '.'
}

/** What a replier makes of it. */
export function asked(frames: Frames): Verdict {
  return judge(() => {
    const request = letter(frames)
    const { flags, correlations, payload } = request
    if ((flags & 4) !== 0 && correlations === 0) {
      const [identity, ...more] = payload.length === 0 ? [''] : read(payload, false)
      return typeof identity === 'string' && more.length === 0 ? '.' : 'x'
    }
    return (flags & 2) !== 0 ? '.' : content(request, correlations ?? 1)
  })
}

/** What a requester makes of it. */
export function answered(frames: Frames): Verdict {
  return judge(() => {
    const reply = letter(frames)
    if (reply.correlations === undefined) return 'x'
    return reply.correlations === 0 ? '.' : content(reply, reply.correlations)
  })
}

const maxSequence = 2n ** 53n - 1n

function sequence(value: Value | undefined): bigint {
  return typeof value === 'bigint' && value >= 0n && value <= maxSequence ? value : broken('BP-19')
}

function text(value: Value | undefined): string {
  return typeof value === 'string' ? value : broken('BP-19')
}

function list(value: Value | undefined, least: number): readonly Value[] {
  return Array.isArray(value) && value.length >= least ? (value as readonly Value[]) : broken('BP-19')
}

function epochIn(value: Value | undefined): Buffer {
  if (typeof value === 'object' && value !== null && 'bin' in value && value.bin.length === 8)
    return value.bin
  return broken('BP-19')
}

/** One message of backpressure, by the side that gets it. */
interface Said {
  readonly command: string
  readonly args: Value
}

function said(frames: Frames): Said {
  const [first, second] = frames
  const command = first?.toString('latin1') ?? ''
  const data = command === 'DATA'
  if (!['HELLO', 'WELCOME', 'DATA', 'ACK', 'BLOCKED', 'END', 'BYE'].includes(command)) broken('BP-19')
  if (data ? frames.length < 3 || frames.length > 4 : frames.length !== 2) broken('BP-19')
  const args = readOne(second ?? broken('ENV-1'))
  return { command, args }
}

/** BP-22, BP-23: DATA or ACK of one frame, as it would be in several. */
function expanded(frames: Frames): Frames {
  const [only] = frames
  if (frames.length !== 1 || only === undefined) return frames
  const data = only[0] === 0x44
  if (!data && only[0] !== 0x41) broken('BP-23')
  const head = data ? 18 : 26
  if (only.length < head || (!data && (only.length - head) % 16 !== 0)) broken('BP-23')
  const flag = (only[1] ?? 0) & 1
  const number = (at: number): Buffer => Buffer.concat([Buffer.of(0xcf), only.subarray(at, at + 8)])
  const epoch = Buffer.concat([Buffer.of(0xc4, 8), only.subarray(2, 10)])
  if (data) {
    const args = Buffer.concat([Buffer.of(0x93), epoch, number(10), Buffer.of(flag)])
    return [Buffer.from('DATA'), args, only.subarray(head)]
  }
  const ranges = Array.from({ length: (only.length - head) / 16 }, (_, n) =>
    Buffer.concat([Buffer.of(0x92), number(head + 16 * n), number(head + 16 * n + 8)]),
  )
  const count = Buffer.of(0xdc, ranges.length >> 8, ranges.length)
  const behind = Buffer.concat([Buffer.of(0x90, 0xc2 + flag), number(10)])
  return [Buffer.from('ACK'), Buffer.concat([Buffer.of(0x96), epoch, number(18), count, ...ranges, behind])]
}

/** How many messages the payload of DATA has. */
function counted([, , payload = broken('BP-19'), headers]: Frames): number {
  const { length } = read(payload, false)
  if (headers !== undefined) readHeaders(headers, length)
  return length
}

interface Greeting {
  readonly epoch: Buffer | undefined
  readonly next: bigint | undefined
  readonly hwm: bigint | undefined
}

/** BP-1 to BP-3: a greeting that can begin a session with this side. */
function greeting(args: Value, role: 'sender' | 'receiver'): Greeting {
  if (!(args instanceof Map)) broken('BP-19')
  const map = args as ReadonlyMap<string, Value>
  const optional = <T>(name: string, look: (value: Value | undefined) => T): T | undefined =>
    map.has(name) ? look(map.get(name)) : undefined
  for (const name of ['acked', 'hwmBytes']) optional(name, sequence)
  text(map.get('id'))
  if (sequence(map.get('v')) !== 1n || text(map.get('codec')) !== 'msgpack') broken('BP-3')
  if (text(map.get('role')) !== role) broken('BP-3')
  return {
    epoch: optional('epoch', epochIn),
    next: optional('next', sequence),
    hwm: optional('hwm', sequence),
  }
}

const same = (one: Buffer, other: Buffer | undefined): boolean => other !== undefined && one.equals(other)

function parted(args: Value, session: Session): Verdict {
  const [epoch, code, message] = list(args, 3)
  text(code)
  text(message)
  return epoch === null || same(epochIn(epoch), session.epoch) ? '.' : 'd'
}

/** What a consumer makes of it. */
export function consumed(given: Frames, session: Session): Verdict {
  return judge(() => {
    const frames = expanded(given)
    const { command, args } = said(frames)
    if (command === 'BYE') return parted(args, session)
    if (command === 'HELLO' || command === 'WELCOME') {
      if ((command === 'HELLO') !== (session.side === 'bind')) return 'x'
      const { epoch, next } = greeting(args, 'sender')
      if (epoch === undefined) return 'x'
      return same(epoch, session.epoch) || next !== undefined ? '.' : 'x'
    }
    if (command === 'ACK') return 'x'
    const [epoch, number, flags] = list(args, command === 'DATA' ? 3 : 2)
    const first = sequence(number)
    if (command === 'DATA') sequence(flags)
    const own = same(epochIn(epoch), session.epoch)
    const next = BigInt(session.next)
    if (!own && command !== 'DATA') return 'd'
    if (command !== 'DATA') return first > next ? 'x' : '.'
    if (!own) return judge(() => (counted(frames) > 0 ? 'd' : 'x')) === 'd' ? 'd' : 'o'
    const count = counted(frames)
    if (first + BigInt(count) <= next) return 'd'
    return first === next && count <= session.credit ? '.' : 'x'
  })
}

/** What a producer makes of it. */
export function produced(frames: Frames, session: Session): Verdict {
  return judge(() => {
    const { command, args } = said(expanded(frames))
    if (command === 'BYE') return parted(args, session)
    if (command === 'ACK') return acked(args, session)
    if (command !== (session.side === 'bind' ? 'HELLO' : 'WELCOME')) return 'x'
    const { epoch, next, hwm } = greeting(args, 'receiver')
    if (command === 'HELLO') return hwm === undefined ? 'x' : '.'
    if (epoch === undefined || next === undefined) return 'x'
    if (!same(epoch, session.epoch)) return 'd'
    return hwm === undefined || next !== 0n ? 'x' : '.'
  })
}

function acked(args: Value, session: Session): Verdict {
  const [epoch, mark, ranges, rejected, ended, serial] = list(args, 5)
  sequence(mark)
  if (typeof ended !== 'boolean') return 'x'
  if (serial !== undefined) sequence(serial)
  const settled = new Set<bigint>()
  let beyond = false
  const settle = (range: readonly Value[]): void => {
    const [first, last] = [sequence(range[0]), sequence(range[1])]
    if (first > last) broken('BP-19')
    if (last >= BigInt(session.next)) beyond = true
    else for (let at = first; at <= last; at++) settled.add(at)
  }
  for (const range of list(ranges, 0)) settle(list(range, 2))
  for (const one of list(rejected, 0)) {
    const rejection = list(one, 4)
    settle(rejection)
    text(rejection[2])
    text(rejection[3])
  }
  if (!same(epochIn(epoch), session.epoch)) return 'd'
  if (beyond) return 'x'
  return ended && settled.size < session.next ? 'x' : '.'
}
