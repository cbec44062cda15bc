/** How code knows that it was loaded to run one replica: a mark on the global object of that process or thread. */

/** What is known in a process or thread that runs a replica. */
export interface ReplicaMark {
  /** The group and the replica, such as `dryer/2`. */
  readonly name: string
  /** Tells the run that this module cannot be loaded as a stage; the run fails with the error. */
  misuse(error: Error): void
}

/** Registered, so that another copy of this module knows it too. */
const key: unique symbol = Symbol.for('sluice.replica')

/** Marks this process or thread, once and for its whole life, as one that runs a replica. */
export function markReplica(mark: ReplicaMark): void {
  Object.defineProperty(globalThis, key, { value: mark })
}

/** The mark of this process or thread, where it runs a replica. */
export function replicaHere(): ReplicaMark | undefined {
  return Reflect.get(globalThis, key) as ReplicaMark | undefined
}
