/** Strings out of a few ASCII octets: quicker than a call into Node, which costs as much as thirty of them. */

/** The most octets that `shortText` takes. */
export const SHORT_TEXT_BYTES = 12

const text: (...units: number[]) => string = String.fromCharCode

/** The string of up to twelve octets, if they are ASCII; undefined if one of them is not. */
export function shortText(b: Uint8Array, at: number, octets: number): string | undefined {
  let all = 0
  for (let i = at; i < at + octets; i++) all |= b[i]!
  if (all >= 0x80) return undefined
  return octets < 7 ? upToSix(b, at, octets) : upToTwelve(b, at, octets)
}

function upToSix(b: Uint8Array, i: number, octets: number): string {
  switch (octets) {
    case 0:
      return ''
    case 1:
      return text(b[i]!)
    case 2:
      return text(b[i]!, b[i + 1]!)
    case 3:
      return text(b[i]!, b[i + 1]!, b[i + 2]!)
    case 4:
      return text(b[i]!, b[i + 1]!, b[i + 2]!, b[i + 3]!)
    case 5:
      return text(b[i]!, b[i + 1]!, b[i + 2]!, b[i + 3]!, b[i + 4]!)
    default:
      return text(b[i]!, b[i + 1]!, b[i + 2]!, b[i + 3]!, b[i + 4]!, b[i + 5]!)
  }
}

function upToTwelve(b: Uint8Array, i: number, octets: number): string {
  const [c, d, e, f, g, h] = [b[i]!, b[i + 1]!, b[i + 2]!, b[i + 3]!, b[i + 4]!, b[i + 5]!]
  switch (octets) {
    case 7:
      return text(c, d, e, f, g, h, b[i + 6]!)
    case 8:
      return text(c, d, e, f, g, h, b[i + 6]!, b[i + 7]!)
    case 9:
      return text(c, d, e, f, g, h, b[i + 6]!, b[i + 7]!, b[i + 8]!)
    case 10:
      return text(c, d, e, f, g, h, b[i + 6]!, b[i + 7]!, b[i + 8]!, b[i + 9]!)
    case 11:
      return text(c, d, e, f, g, h, b[i + 6]!, b[i + 7]!, b[i + 8]!, b[i + 9]!, b[i + 10]!)
    default:
      return text(c, d, e, f, g, h, b[i + 6]!, b[i + 7]!, b[i + 8]!, b[i + 9]!, b[i + 10]!, b[i + 11]!)
  }
}
