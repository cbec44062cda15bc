/** What a run can be told, and the check of it before anything is opened. */
import * as v from 'valibot'
import { systemClock } from '../clock.ts'
import type { Clock } from '../clock.ts'
import { defaultLimits } from '../limits.ts'
import type { Limits } from '../limits.ts'
import { callback, flag, group, milliseconds, oneOf, wholeNumber } from '../option-check.ts'
import type { OptionEntries, OptionSchema } from '../option-check.ts'
import { defined, limitEntries } from '../options.ts'
import type { LogLine } from '../pipeline/handler.ts'
import type { Ports } from '../port/port.ts'
import type { Guard } from '../security/guard.ts'
import { checkGuarded, guardEntries } from '../security/option.ts'
import type { GuardOptions } from '../security/option.ts'
import type { EndpointsOption } from './endpoints.ts'
import type { OpenHost } from '../stage/open-host.ts'
import type { PlacementOption } from './plan.ts'
import type { RunProgress } from './report.ts'
import { writeToStandardError } from './log.ts'
import { runGuard } from './run-guard.ts'
import { defaultRestarts } from './supervise.ts'
import type { RestartRules } from './supervise.ts'

/** What a run can be told; all of it may be left out. */
export interface RunOptions extends GuardOptions {
  /** Stops the run at once: it rejects with `signal.reason`, and the last `onProgress` says what was undelivered. */
  readonly signal?: AbortSignal | undefined
  /** Ends the run well: the source is pulled no more, and what was accepted is seen through for at most `drainTimeoutMs`. */
  readonly drainSignal?: AbortSignal | undefined
  /** Milliseconds that draining may take; what is left then is closed and counted as undelivered. Default 10 000. */
  readonly drainTimeoutMs?: number | undefined
  /** Where stages run, before what they say themselves: all of them, or by name. */
  readonly on?: PlacementOption | undefined
  /** Endpoints of links, by link name: `{ 'washer:dryer': 'tcp://127.0.0.1:5555' }`. Also `SLUICE_ENDPOINT_WASHER_DRYER`. */
  readonly endpoints?: EndpointsOption | undefined
  /** For a module whose default export is `({ args }) => pipeline`: handed to it in every process and thread. */
  readonly args?: readonly string[] | undefined
  /** Bounds that differ from `defaultLimits`. */
  readonly limits?: Partial<Limits> | undefined
  /** Where the inline stages open their ports. Default: a context of the run's own. */
  readonly context?: Ports | undefined
  /** How long the source waits for links that would drop what nobody is there to take, in milliseconds. Default 5 000. */
  readonly connectTimeoutMs?: number | undefined
  /** How often a replica may die before the run fails. Default: 5 times in 60 s. */
  readonly restarts?: Partial<RestartRules> | undefined
  /** Start the source's process or thread again when it dies: from its beginning, as it cannot be resumed. Default false. */
  readonly restartSource?: boolean | undefined
  /** Called with the counts so far, every `progressIntervalMs` and once more when the run is over. */
  readonly onProgress?: ((progress: RunProgress) => void) | undefined
  /** Milliseconds between two calls of `onProgress`, and between two reports of a replica elsewhere. Default 500. */
  readonly progressIntervalMs?: number | undefined
  /** Takes the lines of the stages' logs and of what their processes write. Default: onto standard error. */
  readonly log?: ((line: LogLine) => void) | undefined
  /** The clock behind every timeout of the run. Default: the machine's. */
  readonly clock?: Clock | undefined
  /**
   * Opens one life of an inline replica. Default: `openHost`. Whoever stands in its place, as a simulation does, may end `done` with a
   * `ReplicaError`: the replica is then started again.
   */
  readonly openHost?: OpenHost | undefined
  /** Where endpoints are looked up that no option gives. Default: `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined
}

/** Options completed with their defaults. */
export interface RunSettings extends RunOptions {
  readonly drainTimeoutMs: number
  readonly endpoints: EndpointsOption
  readonly args: readonly string[]
  readonly limits: Limits
  /** By the options, else by `SLUICE_CURVE_…` and `SLUICE_INSECURE=1` of the environment. */
  readonly guard: Guard
  readonly connectTimeoutMs: number
  readonly restarts: RestartRules
  readonly restartSource: boolean
  readonly progressIntervalMs: number
  readonly log: (line: LogLine) => void
  readonly clock: Clock
  readonly environment: Readonly<Record<string, string | undefined>>
}

const placement = oneOf('inline', 'thread', 'process')
const texts = (allowed: string): OptionSchema => v.array(v.string(allowed), allowed)
const endpointsAllowed =
  "an endpoint or a list of them for each link, such as { 'washer:dryer': 'tcp://127.0.0.1:5555' }"
const placementAllowed = "'inline', 'thread' or 'process', or one of them for each stage that is named"
const signal = v.instance(AbortSignal, 'an AbortSignal')

const entries: OptionEntries<RunOptions> = {
  ...guardEntries,
  signal,
  drainSignal: signal,
  drainTimeoutMs: milliseconds(),
  on: v.union([placement, v.record(v.string(), placement, placementAllowed)], placementAllowed),
  endpoints: v.record(
    v.string(),
    v.union([v.string(), texts(endpointsAllowed)], endpointsAllowed),
    endpointsAllowed,
  ),
  args: texts('a list of texts'),
  limits: group('an object of limits', limitEntries),
  context: v.object({ open: callback('open(spec)') }, 'a Context'),
  connectTimeoutMs: milliseconds(),
  restarts: group('an object of rules for restarts', {
    max: wholeNumber(0, undefined, 'restarts'),
    withinMs: milliseconds(1),
    initialMs: milliseconds(),
    maxMs: milliseconds(),
  }),
  restartSource: flag(),
  onProgress: callback('(progress) => void'),
  progressIntervalMs: milliseconds(10),
  log: callback('(line) => void'),
  clock: v.object(
    {
      now: callback('now()'),
      time: callback('time()'),
      after: callback('after(delayMs, run)'),
      turn: callback('turn(run)'),
    },
    'a clock',
  ),
  openHost: callback('(graph, spec, environment) => Host'),
  environment: v.record(v.string(), v.optional(v.string()), 'an object of texts'),
}

/**
 * Checks the options of a run and completes them.
 * @throws {OptionError} for the first that is unknown or out of range.
 */
export function runSettings(who: string, given: RunOptions): RunSettings {
  const options = checkGuarded(who, entries, given)
  const environment = options.environment ?? process.env
  return {
    ...options,
    drainTimeoutMs: options.drainTimeoutMs ?? 10_000,
    endpoints: options.endpoints ?? {},
    args: options.args ?? [],
    limits: { ...defaultLimits, ...defined(options.limits ?? {}) },
    connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
    restarts: { ...defaultRestarts, ...defined(options.restarts ?? {}) },
    restartSource: options.restartSource ?? false,
    progressIntervalMs: options.progressIntervalMs ?? 500,
    log: options.log ?? writeToStandardError,
    clock: options.clock ?? systemClock,
    environment,
    guard: runGuard(options, environment),
  }
}
