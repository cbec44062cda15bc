/** All faults, in the order in which they are run. */
import type { Fault } from './fault.ts'
import { blocked } from './faults/blocked.ts'
import { flooded } from './faults/flooded.ts'
import { frozen } from './faults/frozen.ts'
import { killedReceivers } from './faults/killed-receivers.ts'
import { killedSenders } from './faults/killed-senders.ts'

/** Every row of the table. */
export const faults: readonly Fault[] = [...killedReceivers, ...killedSenders, frozen, ...blocked, flooded]
