/** A wait for what may never come. */

/** Resolves as a promise that never rejects does, but not later than after so many milliseconds. */
export function within(waitMs: number, promise: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, waitMs)
    void promise.then(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
