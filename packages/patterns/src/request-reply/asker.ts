/** One requester as a replier sees it, and the replies that are gathered for it. */
import { appended, fitting, MessageBuilder, sliceLetter } from '@sluice/core/parts'
import type { Headers, Letter, Peer } from '@sluice/core'
import { OpenRequests } from './open-requests.ts'
import type { Cancellable } from './open-requests.ts'
import type { Outlet } from './outlet.ts'
import type { Correlation } from './packets.ts'

/** `R` is a request of it. */
export class Asker<R extends Cancellable = Cancellable> {
  readonly peer: Peer
  /** Requests that can be cancelled. */
  readonly open: OpenRequests<R> = new OpenRequests<R>()
  /** Bytes of requests of it that have not ended. */
  heldBytes = 0
  /** Its session knows that replies are gathered for it. */
  owed = false
  /** It was told that this is a Sluice replier. */
  announced = false
  /** It has said that it sends nothing more. */
  ended = false
  /** Its connection is lost. */
  gone = false
  readonly #outlet: Outlet
  /** It takes replies in one frame. */
  #compact = false
  #builder: MessageBuilder | undefined
  #ids: Correlation[] = []

  constructor(peer: Peer, outlet: Outlet) {
    this.peer = peer
    this.#outlet = outlet
  }

  /** Replies that are gathered, and their encoded bytes. */
  get gathering(): number {
    return this.#ids.length
  }

  get gatheringBytes(): number {
    return this.#builder?.bytes ?? 0
  }

  /** Tells the requester, once, that it may share frames. */
  announce(): void {
    if (!this.announced) this.greet()
  }

  /** A request of it came, in which it says whether it takes replies in one frame. */
  asks(compact: boolean): void {
    this.#compact = compact
    this.announce()
  }

  /** Tells the requester that this replier is here. */
  greet(): void {
    this.announced = true
    this.#outlet.send(this.peer, { type: 'announcement', compact: true })
  }

  /** Tells the requester that its end was seen. */
  acknowledgeEnd(): void {
    this.#outlet.send(this.peer, { type: 'ended' })
  }

  /** Gathers a reply to a Sluice requester. Throws `EncodeError` and leaves all as it was. */
  gather(id: Correlation, value: unknown, headers: Headers | undefined): void {
    this.#builder ??= new MessageBuilder(() => this.#outlet.builder())
    this.#builder.append(value, headers)
    this.#ids = appended(this.#ids, id)
  }

  /** Sends what was gathered, in frames of at most `maxMessageBytes`. */
  flush(maxMessageBytes: number): void {
    if (this.#builder === undefined || this.#ids.length === 0) return
    const ids = this.#ids
    this.#ids = []
    const letter = this.#builder.take()
    for (let from = 0, to = 0; from < ids.length; from = to) {
      to = from + fitting(letter, from, ids.length - from, maxMessageBytes)
      const part = to - from === ids.length ? ids : ids.slice(from, to)
      this.#send(part, undefined, sliceLetter(letter, from, to))
    }
  }

  /** Replies at once to a bare peer's request. Throws `EncodeError`. */
  reply(opaque: Uint8Array | undefined, value: unknown, headers: Headers | undefined): void {
    const builder = new MessageBuilder(() => this.#outlet.builder())
    builder.append(value, headers)
    this.#send(undefined, opaque, builder.take())
  }

  #send(ids: readonly Correlation[] | undefined, opaque: Uint8Array | undefined, letter: Letter): void {
    const { batch, headers } = letter
    this.#outlet.send(this.peer, {
      type: 'reply',
      ids,
      opaque,
      batch,
      headers,
      error: undefined,
      sluice: true,
      compact: this.#compact,
    })
  }
}
