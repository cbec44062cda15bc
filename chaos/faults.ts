/** All faults, in the order in which they are run. */
import type { Fault } from './fault.ts'
import { blocked } from './faults/blocked.ts'
import { ends } from './faults/ends.ts'
import { flooded } from './faults/flooded.ts'
import { frozen } from './faults/frozen.ts'
import { leaks } from './faults/leaks.ts'
import { lossy } from './faults/lossy.ts'
import { overrun } from './faults/overrun.ts'
import { overload } from './faults/overload.ts'
import { slow } from './faults/slow.ts'
import { partitions } from './faults/partitions.ts'
import { killedReceivers } from './faults/killed-receivers.ts'
import { killedSenders } from './faults/killed-senders.ts'

/** Every row of the table. */
export const faults: readonly Fault[] = [
  ...killedReceivers,
  ...killedSenders,
  frozen,
  ...blocked,
  ...partitions,
  ...lossy,
  ...slow,
  ...overload,
  ends,
  ...leaks,
  flooded,
  overrun,
]
