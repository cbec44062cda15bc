/** The errors of a consumer that is read in two ways at once. */
import { StateError } from '@sluice/core/parts'

/** `start()` came late. */
export function startedTwice(): StateError {
  return new StateError(
    'Consumer: start() came when it was already being read; it is allowed once, and not beside a loop',
  )
}

/** A loop came behind `start()`. */
export function loopBesideStart(): StateError {
  return new StateError('Consumer: a loop began when start() had been called; it is allowed without start()')
}
