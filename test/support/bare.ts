/** Bare sockets, as somebody with nothing but ZeroMQ and msgpack writes them. */
import { decodeSequence, encode } from '@sluice/core'
import { Dealer, Pull, Push, Reply, Request, Router } from 'zeromq'

export const anyPort = 'tcp://127.0.0.1:*'

/** How long a bare socket waits for what has to come, in milliseconds. */
const patienceMs = 5_000
const options = { linger: 0, receiveTimeout: patienceMs }

/** A Dealer that closes at the end of its block. */
export class BareDealer extends Dealer {
  constructor() {
    super(options)
  }
  [Symbol.dispose](): void {
    this.close()
  }
}

/** A Pull that closes at the end of its block. */
export class BarePull extends Pull {
  constructor() {
    super(options)
  }
  [Symbol.dispose](): void {
    this.close()
  }
}

/** A Reply that closes at the end of its block. */
export class BareReply extends Reply {
  constructor() {
    super(options)
  }
  [Symbol.dispose](): void {
    this.close()
  }
}

/** A Request that closes at the end of its block. */
export class BareRequest extends Request {
  constructor() {
    super(options)
  }
  [Symbol.dispose](): void {
    this.close()
  }
}

/** A Router that closes at the end of its block. */
export class BareRouter extends Router {
  constructor() {
    super(options)
  }
  [Symbol.dispose](): void {
    this.close()
  }
}

/** A Push that closes at the end of its block, and sends what it holds. */
export class BarePush extends Push {
  constructor() {
    super({ linger: 1_000 })
  }
  [Symbol.dispose](): void {
    this.close()
  }
}

/** The id frame of RR-2: flags and any number of correlations. */
export function sluiceId(flags: number, ...correlations: readonly bigint[]): Buffer {
  const id = Buffer.alloc(4 + 8 * correlations.length)
  id.write('SL\x01', 'latin1')
  id[3] = flags
  for (const [at, correlation] of correlations.entries()) id.writeBigUInt64BE(correlation, 4 + 8 * at)
  return id
}

/** Frames of a message, for comparing: octets as hex, a payload as its values. */
export function values(frame: Buffer | undefined): unknown[] {
  return frame === undefined || frame.length === 0 ? [] : decodeSequence(frame)
}

/** Several values back to back. */
export function sequence(...messages: readonly unknown[]): Buffer {
  return Buffer.concat(messages.map((message) => encode(message)))
}

export const empty: Buffer = Buffer.alloc(0)
