/** The interop profile's bounds: what every peer, in any language, may count on. */

/** Bounds on one frame and on each value in it. */
export interface ProfileLimits {
  /** Arrays and maps inside one another. ENV-2. */
  readonly depth: number
  /** Array elements and map entries in one value, over all its levels. ENV-3. */
  readonly elements: number
  /** UTF-8 octets of one map key. ENV-4. */
  readonly keyBytes: number
  /** Values in one frame. ENV-12. */
  readonly valuesPerFrame: number
  /** Array elements and map entries in one frame, over all its values. ENV-12. */
  readonly elementsPerFrame: number
}

/** The bounds that every peer keeps: what is within them is always taken, what is not is never sent. */
export const profileLimits: ProfileLimits = {
  depth: 64,
  elements: 65_536,
  keyBytes: 256,
  valuesPerFrame: 65_536,
  elementsPerFrame: 4_194_304,
}

/** The one key that no map may have: an assignment to it changes an object's prototype. ENV-4. */
export const FORBIDDEN_KEY = '__proto__'

/** Whether the octets from `from` to `to` are the forbidden key. */
export function isForbiddenKey(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from !== FORBIDDEN_KEY.length) return false
  for (let i = 0; i < FORBIDDEN_KEY.length; i++)
    if (bytes[from + i] !== FORBIDDEN_KEY.charCodeAt(i)) return false
  return true
}
