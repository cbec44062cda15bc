/** All checkers, by the promise that each looks for. */
import type { SimulationEvent } from '../event.ts'
import { nothingComesTwice } from './at-most-once.ts'
import { queuesAreBounded } from './bounds.ts'
import type { Checker, Violation } from './checker.ts'
import { nothingVanishes } from './conservation.ts'
import { nothingIsLost, repetitionsAreFew } from './delivery.ts'
import { epochsHold } from './epochs.ts'
import { keysHold } from './keys.ts'
import { orderHolds } from './order.ts'
import { outcomesAreSingle } from './outcomes.ts'
import { promisesSettle, recoversWithin, recoveryMs } from './recovery.ts'
import { windowHolds } from './window.ts'

/** The checkers by name. Each is a pure function of the log. */
export const checkers: Readonly<Record<string, Checker>> = {
  window: windowHolds,
  bounds: queuesAreBounded,
  order: orderHolds,
  keys: keysHold,
  epochs: epochsHold,
  'at-least-once': nothingIsLost,
  repetitions: repetitionsAreFew,
  'at-most-once': nothingComesTwice,
  outcomes: outcomesAreSingle,
  conservation: nothingVanishes,
  recovery: recoversWithin(recoveryMs),
  promises: promisesSettle,
}

/** Has every checker look at a log; returns what breaks a promise. */
export function check(events: readonly SimulationEvent[]): Violation[] {
  return Object.values(checkers).flatMap((checker) => checker(events))
}
