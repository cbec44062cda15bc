/** What a person at a terminal, or a service manager, says by signals: end well, and then: end now. */
import { ClosedError } from '../errors.ts'

/** The two signals of `onInterrupt`; disposing of it ends the listening. */
export interface Interrupts extends Disposable {
  /** Aborts at the first SIGINT or SIGTERM: for `run`'s option of the same name. */
  readonly drainSignal: AbortSignal
  /** Aborts at the second: for `run`'s option `signal`. */
  readonly signal: AbortSignal
}

/**
 * Listens for SIGINT and SIGTERM until it is disposed of: the first one drains a run, the second one stops it.
 * `onSignal` is told of each that counts.
 *
 * Units: two signals within `sameMs`, 50 ms by default, count as one: npm passes on what the terminal has sent
 * to everybody already.
 *
 * @example
 * import { onInterrupt, pipeline, run } from '@sluice/core'
 *
 * const numbers = pipeline('numbers')
 *   .source('count', () => [1, 2, 3])
 *   .sink('show', (n) => void process.stdout.write(`${n}\n`))
 *
 * const interrupts = onInterrupt()
 * await run(numbers, { signal: interrupts.signal, drainSignal: interrupts.drainSignal })
 * interrupts[Symbol.dispose]()
 */
export function onInterrupt(
  onSignal?: (name: NodeJS.Signals, count: 1 | 2) => void,
  { sameMs = 50 }: { readonly sameMs?: number } = {},
): Interrupts {
  const first = new AbortController()
  const second = new AbortController()
  let last = -Infinity
  const interrupt = (name: NodeJS.Signals): void => {
    const now = performance.now()
    const again = now - last < sameMs
    last = now
    if (again || second.signal.aborted) return
    const controller = first.signal.aborted ? second : first
    onSignal?.(name, controller === first ? 1 : 2)
    controller.abort(new ClosedError(`interrupted by ${name}`))
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  return {
    drainSignal: first.signal,
    signal: second.signal,
    [Symbol.dispose]() {
      process.off('SIGINT', interrupt)
      process.off('SIGTERM', interrupt)
    },
  }
}
