/** Waiting that its caller can give up. */

/**
 * Waits for `promise`, at most until `signal` aborts: then rejects with `signal.reason` as it is.
 * What was waited for goes on without the caller; its own rejection is then nobody's business.
 */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => {
    promise.catch(() => {})
    reject(signal.reason)
  }
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
