/** What a handler's result means to the stage behind it, as types. */

/**
 * The messages that a handler with the result `R` emits.
 * A value or a promise of one is one message, an array too. `undefined` is none. An async iterable, and what a
 * generator function returns, is as many messages as it yields.
 */
export type Emitted<R> = MessagesOf<Awaited<R>>

type MessagesOf<V> = V extends undefined | void
  ? never
  : V extends AsyncIterable<infer M>
    ? Exclude<M, undefined>
    : V extends IterableIterator<infer M, unknown, never>
      ? Exclude<Awaited<M>, undefined>
      : V
