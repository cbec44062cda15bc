/** What holds unless an option says otherwise. */

/** Encoded bytes in flight from one sender to one receiver. */
export const defaultHighWaterMarkBytes: number = 64 * 1024 * 1024
/** How long a goodbye may take to leave, in milliseconds. */
export const lingerMs = 1_000
