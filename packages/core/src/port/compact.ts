/** What the compact forms of the patterns have in common: how large a message in one frame may be. */

/** A larger payload has a frame of its own: to copy it would cost more than a frame does. In bytes. */
export const compactPayloadBytes: number = 4 * 1024

/** No frame of a compact form is larger, in bytes. */
const frameBytes = 8 * 1024

/** Whether a side that takes messages of so many bytes asks for the compact form. */
export function takesCompact(maxMessageBytes: number): boolean {
  return maxMessageBytes >= frameBytes
}
