/** Three stages in one thread, composed in several ways from the same work. */

export interface Numbered {
  readonly n: number
  readonly text: string
}

export function* count(messages: number): Generator<Numbered> {
  for (let n = 0; n < messages; n++) yield { n, text: 'abc' }
}

export function double({ n, text }: Numbered): Numbered {
  return { n: n * 2, text }
}

/** The same, as a handler that has something to wait for. */
export async function doubleLater(message: Numbered): Promise<Numbered> {
  return double(message)
}
