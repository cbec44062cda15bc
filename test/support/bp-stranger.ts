/** A peer that speaks backpressure by a bare socket and a plain msgpack library, as any other client would. */
import { pack, unpack, unpackMultiple } from 'msgpackr'
import { Dealer, Router } from 'zeromq'

/** One message as it came. */
export interface Heard {
  readonly command: string
  /** Decoded; an array for all but HELLO and WELCOME, which have a map. */
  readonly args: ReturnType<typeof unpack>
  readonly payload: unknown[] | undefined
  readonly frames: number
}

export const epochOf = (n: number): Buffer => Buffer.from([0, 0, 0, 0, 0, 0, 0, n])

export class Stranger implements Disposable {
  readonly #socket: Dealer | Router
  #peer: Buffer | undefined
  readonly endpoint: string

  private constructor(socket: Dealer | Router, endpoint: string) {
    this.#socket = socket
    this.endpoint = endpoint
  }

  static connected(endpoint: string): Stranger {
    const socket = new Dealer({ linger: 0, receiveTimeout: 5_000 })
    socket.connect(endpoint)
    return new Stranger(socket, endpoint)
  }

  static async bound(): Promise<Stranger> {
    const socket = new Router({ linger: 0, receiveTimeout: 5_000 })
    await socket.bind('tcp://127.0.0.1:*')
    return new Stranger(socket, socket.lastEndpoint ?? '')
  }

  async say(command: string, args: unknown, ...more: (Uint8Array | string)[]): Promise<void> {
    await this.raw([command, pack(args), ...more])
  }

  async raw(frames: (Uint8Array | string)[]): Promise<void> {
    await this.#socket.send(this.#peer === undefined ? frames : [this.#peer, ...frames])
  }

  async hear(): Promise<Heard> {
    const frames = await this.#socket.receive()
    if (this.#socket instanceof Router) this.#peer = frames.shift()
    const [command, args, payload] = frames
    return {
      command: String(command),
      args: unpack(args!),
      payload: payload === undefined ? undefined : (unpackMultiple(payload) as unknown[]),
      frames: frames.length,
    }
  }

  /** The next message of a command; others are passed over. */
  async next(command: string): Promise<Heard> {
    for (;;) {
      const heard = await this.hear()
      if (heard.command === command) return heard
    }
  }

  /** Greets as a receiver; resolves to the WELCOME. */
  async asReceiver(highWaterMark: number, hwmBytes = 1_000_000): Promise<Heard> {
    await this.say('HELLO', { ...hello('receiver'), hwm: highWaterMark, hwmBytes })
    return this.next('WELCOME')
  }

  /** Greets as a sender; resolves to the WELCOME. */
  async asSender(epoch: Buffer): Promise<Heard> {
    await this.say('HELLO', { ...hello('sender'), epoch, next: 0, acked: 0 })
    return this.next('WELCOME')
  }

  [Symbol.dispose](): void {
    this.#socket.close()
  }
}

export function hello(role: string): Record<string, unknown> {
  return { v: 1, role, id: 'stranger', codec: 'msgpack' }
}
