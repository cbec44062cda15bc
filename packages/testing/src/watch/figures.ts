/** What a packet says, as far as it can be told without knowing its pattern: numbers, names and no payload. */

/** The figures of a packet. Those that its pattern does not have are left out. */
export interface Figures {
  readonly type: string
  /** Names the session, by the order in which sessions were seen. */
  readonly epoch?: string | undefined
  readonly first?: number | undefined
  readonly next?: number | undefined
  /** Messages in it. */
  readonly count?: number | undefined
  /** Their encoded bytes. */
  readonly bytes?: number | undefined
  readonly redelivered?: boolean | undefined
  readonly mark?: number | undefined
  readonly markBytes?: number | undefined
  readonly ranges?: readonly (readonly [number, number])[] | undefined
  readonly rejected?: readonly (readonly [number, number])[] | undefined
  readonly ended?: boolean | undefined
  readonly serial?: number | undefined
  readonly ids?: readonly (number | bigint)[] | undefined
  readonly code?: string | undefined
}

/** A packet as it is looked into: every pattern's, and anybody's. */
interface Looked {
  readonly type?: string
  readonly epoch?: Uint8Array
  readonly position?: Looked & { readonly highWaterMarkBytes?: number }
  readonly highWaterMark?: number
  readonly first?: number
  readonly next?: number
  readonly redelivered?: boolean
  readonly batch?: { readonly count: number; readonly bytes: number }
  readonly ranges?: Figures['ranges']
  readonly rejected?: readonly { readonly first: number; readonly last: number }[]
  readonly ended?: boolean
  readonly serial?: number
  readonly ids?: Figures['ids']
  readonly code?: string
}

/** Gives epochs names that are the same in every run of a seed. */
export class EpochNames {
  readonly #names = new Map<string, string>()

  of(epoch: Uint8Array | undefined): string | undefined {
    if (epoch === undefined) return undefined
    const key = Buffer.from(epoch).toString('latin1')
    const known = this.#names.get(key)
    if (known !== undefined) return known
    const name = `e${this.#names.size + 1}`
    this.#names.set(key, name)
    return name
  }
}

/** Looks into a packet. */
export function figuresOf(packet: unknown, epochs: EpochNames): Figures {
  const looked = packet as Looked
  const { position, batch } = looked
  const figures: Figures = {
    type: looked.type ?? (batch === undefined ? 'end' : 'batch'),
    epoch: epochs.of(position?.epoch ?? looked.epoch),
    first: looked.first,
    next: position?.next ?? looked.next,
    count: batch?.count,
    bytes: batch?.bytes,
    redelivered: looked.redelivered,
    mark: position?.highWaterMark ?? looked.highWaterMark,
    markBytes: position?.highWaterMarkBytes,
    ranges: looked.ranges,
    rejected: looked.rejected?.map(({ first, last }) => [first, last]),
    ended: looked.ended,
    serial: looked.serial,
    ids: looked.ids,
    code: looked.code,
  }
  return Object.fromEntries(
    Object.entries(figures).filter(([, value]) => value !== undefined),
  ) as unknown as Figures
}
