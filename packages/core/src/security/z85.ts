/** Z85, the text form of binary keys (ZeroMQ RFC 32): five characters for four octets. */

const alphabet = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#'

/** Writes octets as Z85; their number is a multiple of four. */
export function z85Encode(octets: Uint8Array): string {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength)
  let text = ''
  for (let at = 0; at < octets.length; at += 4) {
    let rest = view.getUint32(at)
    let group = ''
    for (let digit = 0; digit < 5; digit++) {
      group = alphabet.charAt(rest % 85) + group
      rest = Math.floor(rest / 85)
    }
    text += group
  }
  return text
}

/** Reads Z85; undefined for what is none, groups beyond 32 bits included. */
export function z85Decode(text: string): Uint8Array | undefined {
  if (text.length % 5 !== 0) return undefined
  const octets = new Uint8Array((text.length / 5) * 4)
  const view = new DataView(octets.buffer)
  for (let group = 0; group * 5 < text.length; group++) {
    let value = 0
    for (const character of text.slice(group * 5, group * 5 + 5)) {
      const digit = alphabet.indexOf(character)
      if (digit < 0) return undefined
      value = value * 85 + digit
    }
    if (value > 0xffff_ffff) return undefined
    view.setUint32(group * 4, value)
  }
  return octets
}
