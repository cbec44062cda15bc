/** A pattern that does nothing but write down what its port tells it. */
import { defaultLimits, DecodeError, systemClock } from '@sluice/core'
import type { Limits, Peer, Port, PortEvents, Ports, PortShape, SluiceError, Wire } from '@sluice/core'

/** The only packet of these tests: a text, so that one can see which is which. */
export interface Note {
  readonly text: string
  /** Bytes beside the text, for weight. */
  readonly bulk?: Uint8Array | undefined
}

const magic = 'note:'

/** A note is one frame that starts with `note:`, and perhaps a second of any bytes. */
export const noteWire: Wire<Note> = {
  encode: ({ text, bulk }) => [Buffer.from(magic + text), ...(bulk === undefined ? [] : [bulk])],
  decode(frames) {
    const text = Buffer.from(frames[0] ?? []).toString()
    if (!text.startsWith(magic)) throw new DecodeError('ENV-0', 'not a note')
    return { text: text.slice(magic.length), bulk: frames[1] }
  },
}

/** One thing that a port told. */
export type Told =
  | { readonly type: 'up' | 'down' | 'writable'; readonly peer: Peer }
  | { readonly type: 'packet'; readonly peer: Peer; readonly text: string }
  | { readonly type: 'suspect' }
  | { readonly type: 'refused' | 'failed'; readonly error: SluiceError }

export interface RecorderOptions {
  readonly shape: PortShape
  readonly bind?: string | readonly string[]
  readonly connect?: string | readonly string[]
  readonly limits?: Partial<Limits>
  /** Called with each note, after it was written down. */
  readonly onNote?: (peer: Peer, text: string) => void
}

export class Recorder implements PortEvents<Note>, AsyncDisposable {
  readonly log: Told[] = []
  readonly port: Port<Note>
  readonly #onNote: RecorderOptions['onNote']
  readonly #waiting = new Set<() => void>()

  constructor(ports: Ports, options: RecorderOptions) {
    this.#onNote = options.onNote
    this.port = ports.open<Note>({
      shape: options.shape,
      wire: noteWire,
      events: this,
      bind: [options.bind ?? []].flat(),
      connect: [options.connect ?? []].flat(),
      trusted: false,
      limits: { ...defaultLimits, ...options.limits },
      clock: systemClock,
    })
  }

  up(peer: Peer): void {
    this.#tell({ type: 'up', peer })
  }
  packet(peer: Peer, packet: Note): void {
    this.#tell({ type: 'packet', peer, text: packet.text })
    this.#onNote?.(peer, packet.text)
  }
  down(peer: Peer): void {
    this.#tell({ type: 'down', peer })
  }
  writable(peer: Peer): void {
    this.#tell({ type: 'writable', peer })
  }
  suspect(): void {
    this.#tell({ type: 'suspect' })
  }
  refused(_peer: Peer | undefined, error: SluiceError): void {
    this.#tell({ type: 'refused', error })
  }
  failed(error: SluiceError): void {
    this.#tell({ type: 'failed', error })
  }

  /** Texts in the order in which they came. */
  texts(): string[] {
    return this.log.flatMap((told) => (told.type === 'packet' ? [told.text] : []))
  }

  count(type: Told['type']): number {
    return this.log.filter((told) => told.type === type).length
  }

  /** Peers that went up and not down, in order. */
  peers(): Peer[] {
    const peers = new Set<Peer>()
    for (const told of this.log) {
      if (told.type === 'up') peers.add(told.peer)
      if (told.type === 'down') peers.delete(told.peer)
    }
    return [...peers]
  }

  /** Resolves as soon as what was told makes the condition true; looked at after each event. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.add(resolve))
  }

  /** The only live peer, as soon as there is one. */
  async peer(): Promise<Peer> {
    await this.until(() => this.peers().length > 0)
    const peer = this.peers()[0]
    if (peer === undefined) throw new Error('no peer')
    return peer
  }

  async endpoint(): Promise<string> {
    const [endpoint] = await this.port.bound()
    if (endpoint === undefined) throw new Error('nothing bound')
    return endpoint
  }

  send(peer: Peer, text: string, bulk?: Uint8Array): boolean {
    return this.port.send(peer, bulk === undefined ? { text } : { text, bulk })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.port.close(0)
  }

  #tell(told: Told): void {
    this.log.push(told)
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const resume of waiting) resume()
  }
}
