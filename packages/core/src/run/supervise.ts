/** What a supervisor decides when a replica has died. Pure: times in, a decision out. */

/** How often a replica may die before the run gives up. */
export interface RestartRules {
  /** Most restarts of one replica within `withinMs`; 0: the first death fails the run. Default 5. */
  readonly max: number
  /** Milliseconds after which a death is forgotten. Default 60 000. */
  readonly withinMs: number
  /** Milliseconds before the first restart; doubles with each death that is not forgotten. Default 100. */
  readonly initialMs: number
  /** The longest pause before a restart, in milliseconds. Default 5 000. */
  readonly maxMs: number
}

/** Five restarts a minute, after 100 ms at first. */
export const defaultRestarts: RestartRules = { max: 5, withinMs: 60_000, initialMs: 100, maxMs: 5_000 }

/** What is to be done about a death. */
export type Decision =
  /** Start it again after the pause; `count` restarts are on the record, this one included. */
  | { readonly kind: 'restart'; readonly delayMs: number; readonly count: number }
  /** Fail the run: `deaths` of them lie within the time. */
  | { readonly kind: 'give-up'; readonly deaths: number }

/** Keeps the deaths that are not forgotten, this one included. */
export function recordDeath(deaths: readonly number[], now: number, rules: RestartRules): readonly number[] {
  return [...deaths.filter((at) => now - at < rules.withinMs), now]
}

/** Decides about the last of `deaths`, as `recordDeath` keeps them. */
export function decide(deaths: readonly number[], rules: RestartRules): Decision {
  if (deaths.length > rules.max) return { kind: 'give-up', deaths: deaths.length }
  const delayMs = Math.min(rules.maxMs, rules.initialMs * 2 ** (deaths.length - 1))
  return { kind: 'restart', delayMs, count: deaths.length }
}
