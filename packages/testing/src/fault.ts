/** What can be done to machines and to the network between them, as a script and by chance. */
import type { Chance } from './chance.ts'

/** A process dies at once; in a run it is started again as its rules for restarts say. */
export interface KillFault {
  readonly kill: string
}

/** A process stands still: stopped (`freeze`: heartbeats stop too) or at a long computation (`busy`: they go on). */
export interface StandstillFault {
  readonly freeze?: string
  readonly busy?: string
  readonly forMs: number
}

/** Every connection between two machines breaks, and may be made again at once. */
export interface CutFault {
  readonly cut: readonly [string, string]
}

/** Nothing comes through between two machines; with `oneWay` only from the first to the second. */
export interface PartitionFault {
  readonly partition: readonly [string, string]
  readonly oneWay?: boolean
  readonly forMs: number
}

/** Nothing comes through to or from a machine. */
export interface ClogFault {
  readonly clog: string
  readonly forMs: number
}

/** One thing that goes wrong, `atMs` after the beginning. */
export type Fault = { readonly atMs: number } & (
  KillFault | StandstillFault | CutFault | PartitionFault | ClogFault
)

/** From what faults are drawn. */
export interface FaultRange {
  /** The machines of either side of a link; partitions and cuts lie between the two. */
  readonly pairs: readonly (readonly [string, string])[]
  /** Those that may be killed. */
  readonly mortal: readonly string[]
  readonly most: number
  /** Faults begin in this time, in milliseconds. */
  readonly withinMs: number
  /** The longest that one lasts. */
  readonly longestMs: number
}

/** Draws faults: clogs one by one of a random part of the machines now and then, and single faults of every kind. */
export function drawFaults(chance: Chance, range: FaultRange): Fault[] {
  const faults: Fault[] = []
  const machines = [...new Set(range.pairs.flat())]
  const lasting = (): number => Math.round(chance.next() ** 2 * range.longestMs) + 1
  for (let count = chance.between(0, range.most); count > 0; count--) {
    const atMs = Math.round(chance.next() * range.withinMs)
    const [from, to] = chance.shuffle(chance.pick(range.pairs)) as [string, string]
    const machine = chance.pick(machines)
    const kind = chance.pick(['kill', 'freeze', 'busy', 'cut', 'cut', 'partition', 'oneWay', 'clogs'])
    if (kind === 'kill' && range.mortal.length > 0) faults.push({ atMs, kill: chance.pick(range.mortal) })
    else if (kind === 'freeze') faults.push({ atMs, freeze: machine, forMs: lasting() })
    else if (kind === 'busy') faults.push({ atMs, busy: machine, forMs: lasting() })
    else if (kind === 'partition') faults.push({ atMs, partition: [from, to], forMs: lasting() })
    else if (kind === 'oneWay') faults.push({ atMs, partition: [from, to], oneWay: true, forMs: lasting() })
    else if (kind === 'clogs') faults.push(...drawClogs(chance, machines, atMs, lasting()))
    else faults.push({ atMs, cut: [from, to] })
  }
  return faults.toSorted((a, b) => a.atMs - b.atMs)
}

/** Clogs some of the machines one after the other, and lets go of them in another order. */
function drawClogs(chance: Chance, machines: readonly string[], atMs: number, forMs: number): Fault[] {
  const some = chance.shuffle(machines).slice(0, chance.between(1, machines.length))
  return some.map((clog, at) => ({
    atMs: atMs + at * 20,
    clog,
    forMs: Math.ceil(forMs * (0.2 + chance.next())),
  }))
}
