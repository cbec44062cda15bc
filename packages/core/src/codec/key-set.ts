/** Which keys a map has had, told apart by their octets. ENV-10. */

/** Chosen anew in each process, so that nobody can prepare keys that fall into the same slot. */
const seed: number = Math.floor(Math.random() * 0x1_0000_0000)

/** A hash table over keys that stay where they are in the frame; made for a known number of them. */
export class KeySet {
  readonly #bytes: Uint8Array
  /** Pairs of a key's end and its beginning; an end of zero is an empty slot. */
  readonly #slots: Uint32Array
  readonly #mask: number

  constructor(bytes: Uint8Array, capacity: number) {
    const slots = 2 ** Math.ceil(Math.log2(capacity * 2))
    this.#bytes = bytes
    this.#slots = new Uint32Array(slots * 2)
    this.#mask = slots - 1
  }

  /** Adds the key of the octets `from` to `to`; false when an equal one is there. */
  add(from: number, to: number): boolean {
    for (let slot = this.#hash(from, to) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const end = this.#slots[slot * 2]!
      if (end === 0) {
        this.#slots[slot * 2] = to
        this.#slots[slot * 2 + 1] = from
        return true
      }
      if (sameOctets(this.#bytes, this.#slots[slot * 2 + 1]!, end, from, to)) return false
    }
  }

  #hash(from: number, to: number): number {
    let hash = seed
    for (let at = from; at < to; at++) {
      hash = Math.imul(hash ^ this.#bytes[at]!, 0x9e3779b1)
      hash ^= hash >>> 15
    }
    hash = Math.imul(hash, 0x85ebca6b)
    return hash ^ (hash >>> 13)
  }
}

/** Whether two stretches of a frame hold the same octets. */
export function sameOctets(
  bytes: Uint8Array,
  from: number,
  to: number,
  otherFrom: number,
  otherTo: number,
): boolean {
  if (to - from !== otherTo - otherFrom) return false
  for (let at = from, other = otherFrom; at < to; at++, other++) if (bytes[at] !== bytes[other]) return false
  return true
}
