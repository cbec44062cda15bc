/** What holds unless an option says otherwise. */

/** Encoded bytes in flight from one sender to one receiver. */
export const defaultHighWaterMarkBytes: number = 64 * 1024 * 1024
/**
 * How long a goodbye may take to leave, in milliseconds. It is sent at once unless its peer reads nothing; such a one learns of
 * the end by its connection. Libzmq must not linger for long: what comes in meanwhile stops its reading (see zeromq/native.ts).
 */
export const lingerMs = 250
