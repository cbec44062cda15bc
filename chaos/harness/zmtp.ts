/** As much of ZMTP 3.1 as a stranger needs to be let in without keys, octet by octet. */

/** The greeting of a client with the mechanism NULL. */
export function greeting(): Buffer {
  const octets = Buffer.alloc(64)
  octets[0] = 0xff
  octets[9] = 0x7f
  octets[10] = 3
  octets.write('NULL', 12)
  return octets
}

/** READY as a command frame: this side is a DEALER. */
export function ready(): Buffer {
  const name = 'Socket-Type'
  const type = 'DEALER'
  const length = Buffer.alloc(4)
  length.writeUInt32BE(type.length)
  const body = Buffer.concat([Buffer.from(`\x05READY\x0b${name}`), length, Buffer.from(type)])
  return Buffer.concat([Buffer.from([4, body.length]), body])
}

/** So many messages of one frame with one octet. */
export function tiny(messages: number): Buffer {
  return Buffer.alloc(3 * messages, Buffer.from([0, 1, 0x41]))
}
