/** A receiver that takes a given number of messages a second, and no more. */

/** Resolves when the next message may be finished, `pace` a second on the whole. */
export function limiter(pace: number): () => Promise<void> {
  const eachMs = 1_000 / pace
  let freeAt = performance.now()
  return async () => {
    freeAt += eachMs
    while (performance.now() < freeAt) await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** Looks at `count` ten times a second until stopped, and keeps the most that it saw. */
export function most(count: () => number): { stop(): number } {
  let highest = 0
  const look = (): void => {
    highest = Math.max(highest, count())
  }
  const timer = setInterval(look, 100)
  return {
    stop() {
      clearInterval(timer)
      look()
      return highest
    },
  }
}
