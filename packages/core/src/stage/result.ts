/** What a handler's result is: one message, none, a promise, or a stream of messages. */

/** A result that is as many messages as it yields. */
export type Stream = AsyncIterable<unknown> | IterableIterator<unknown>

/** A promise, or whatever else has a `then`. */
export function isThenable(result: unknown): result is PromiseLike<unknown> {
  return (
    typeof result === 'object' &&
    result !== null &&
    typeof (result as PromiseLike<unknown>).then === 'function'
  )
}

/**
 * An async iterable, or an iterator that is iterable, as every generator and `array.values()` is.
 * Arrays, maps, sets and texts are iterable but no iterators: each is one message.
 */
export function isStream(result: unknown): result is Stream {
  if (typeof result !== 'object' || result === null) return false
  if (Symbol.asyncIterator in result) return true
  return Symbol.iterator in result && 'next' in result && typeof result.next === 'function'
}

/** Begins to read a stream. */
export function iteratorOf(stream: Stream): AsyncIterator<unknown> | Iterator<unknown> {
  return Symbol.asyncIterator in stream ? stream[Symbol.asyncIterator]() : stream[Symbol.iterator]()
}

/** Tells an iterator that no more is wanted. Nobody waits for it, and nobody hears of its errors. */
export function returnQuietly(iterator: AsyncIterator<unknown> | Iterator<unknown>): void {
  try {
    const returned: unknown = iterator.return?.()
    if (isThenable(returned)) returned.then(undefined, () => {})
  } catch {
    // What an iterator does on its way out, after its result is no longer wanted, concerns nobody.
  }
}

/** Whatever was thrown, as an error with the thrown value as its cause. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown })
}
