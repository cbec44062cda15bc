/** The options that every standalone class shares, and the one way in which options are checked: before any I/O. */
import { randomBytes } from 'node:crypto'
import * as v from 'valibot'
import { systemClock } from './clock.ts'
import type { Clock } from './clock.ts'
import { systemPorts } from './context.ts'
import { OptionError } from './errors.ts'
import { defaultLimits } from './limits.ts'
import type { Limits } from './limits.ts'
import type { Site } from './link/link.ts'
import { between, callback, flag, group, milliseconds, wholeNumber } from './option-check.ts'
import type { OptionEntries } from './option-check.ts'
import { parseEndpoint } from './port/endpoint.ts'
import { guardedPorts } from './port/guarded-ports.ts'
import type { Ports } from './port/port.ts'
import { Refusals } from './port/refusals.ts'
import { checkGuarded, guardEntries, guardOf } from './security/option.ts'
import type { GuardOptions } from './security/option.ts'

/** What every sending class takes beside its own options. At least one of `bind` and `connect` is needed. */
export interface SenderOptions extends GuardOptions {
  /** Endpoints to bind, such as `tcp://127.0.0.1:*`. */
  readonly bind?: string | readonly string[] | undefined
  /** Endpoints to connect to; each is connected to again for as long as the object lives. */
  readonly connect?: string | readonly string[] | undefined
  /** Where `memory://` names live; sockets need none. */
  readonly context?: Ports | undefined
  /** A label for people, 1 to 255 characters. Default: the process id and a random word. */
  readonly identity?: string | undefined
  /** Bounds that differ from `defaultLimits`. */
  readonly limits?: Partial<Limits> | undefined
  /** The clock behind every timeout. Default: the machine's. */
  readonly clock?: Clock | undefined
  /** Gives numbers from 0 up to 1, for the jitter of pauses. Default: `Math.random`. */
  readonly random?: (() => number) | undefined
  /** True only where this program started both ends: bytes are then not scanned. Default false. */
  readonly trusted?: boolean | undefined
  /** How long leaving an `await using` block drains before it closes, in milliseconds. Default 10 000. */
  readonly drainTimeoutMs?: number | undefined
}

/** What every receiving class takes beside its own options. */
export interface ReceiverOptions extends SenderOptions {
  /** How many senders have to end before the stream has ended. Default: all that ever came. */
  readonly senders?: number | undefined
}

const endpointAllowed =
  "an endpoint such as 'tcp://127.0.0.1:5555' or 'ipc:///run/app/jobs', or a list of them"
const endpoint = v.string(endpointAllowed)
const endpoints = v.union([endpoint, v.array(endpoint, endpointAllowed)], endpointAllowed)
const identityAllowed = 'a text of 1 to 255 octets'

/** A schema for each limit, for whoever takes `limits` as an option. */
export const limitEntries: OptionEntries<Limits> = {
  maxMessageBytes: wholeNumber(1, undefined, 'bytes'),
  handshakeTimeoutMs: milliseconds(1),
  heartbeatIntervalMs: milliseconds(1),
  heartbeatTimeoutMs: milliseconds(1),
  maxBatchBytes: wholeNumber(1, undefined, 'bytes'),
  maxBatchMessages: wholeNumber(1, undefined, 'messages'),
  socketHighWaterMark: wholeNumber(1, undefined, 'frames'),
  maxPeers: wholeNumber(1, undefined, 'peers'),
  maxBufferedBytes: wholeNumber(1, undefined, 'bytes'),
  maxSessionsPerKey: wholeNumber(1, undefined, 'sessions'),
  maxSessionsPerIdentity: wholeNumber(1, undefined, 'sessions'),
  busyPollMs: between(0, 1_000, 'a time in milliseconds'),
}

const senderEntries: OptionEntries<SenderOptions> = {
  ...guardEntries,
  bind: endpoints,
  connect: endpoints,
  context: v.custom(hasMethods('open'), 'a Context'),
  identity: v.pipe(
    v.string(identityAllowed),
    v.minBytes(1, identityAllowed),
    v.maxBytes(255, identityAllowed),
  ),
  limits: group('an object of limits', limitEntries),
  clock: v.custom(
    hasMethods('now', 'time', 'after', 'turn'),
    'a clock: an object with now(), time(), after(delayMs, run) and turn(run)',
  ),
  random: callback('random()'),
  trusted: flag(),
  drainTimeoutMs: milliseconds(),
}

const receiverEntries: OptionEntries<ReceiverOptions> = {
  ...senderEntries,
  senders: wholeNumber(1, undefined, 'senders'),
}

/** Checks the options of a sending class: the shared ones and its own. */
export function checkSenderOptions<O extends SenderOptions>(
  who: string,
  own: OptionEntries<O, SenderOptions>,
  given: O,
): O {
  return checkPlace(who, checkGuarded<O>(who, { ...senderEntries, ...own } as OptionEntries<O>, given))
}

/** Checks the options of a receiving class: the shared ones and its own. */
export function checkReceiverOptions<O extends ReceiverOptions>(
  who: string,
  own: OptionEntries<O, ReceiverOptions>,
  given: O,
): O {
  return checkPlace(who, checkGuarded<O>(who, { ...receiverEntries, ...own } as OptionEntries<O>, given))
}

/**
 * Turns checked options into the place of one side of a link; the guard is in its ports.
 * @throws {OptionError} for keys or key files that cannot be used.
 */
export function siteOf(options: ReceiverOptions, concurrency: number = 1): Site {
  const refusals = new Refusals()
  return {
    ports: refusals.over(guarded(options)),
    refusals,
    bind: list(options.bind),
    connect: list(options.connect),
    identity: options.identity ?? `${process.pid}-${randomBytes(4).toString('hex')}`,
    senders: options.senders,
    trusted: options.trusted ?? false,
    concurrency,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    // Shared, where nothing is changed: a thousand links would have a thousand copies.
    limits: options.limits === undefined ? defaultLimits : { ...defaultLimits, ...defined(options.limits) },
  }
}

/** Turns the place of a link's sending side into the options of a standalone class, which is what stands there. */
export function senderOptionsAt(site: Site): SenderOptions {
  const { ports, bind, connect, identity, trusted, clock, random, limits } = site
  return { context: ports, bind, connect, identity, trusted, clock, random, limits }
}

/** Turns the place of a link's receiving side into the options of a standalone class. */
export function receiverOptionsAt(site: Site): ReceiverOptions {
  return { ...senderOptionsAt(site), senders: site.senders }
}

/** The context that a link stands in may be guarded already, as a run guards all of its own. */
function guarded({ context, connect, security, insecure, onRefused }: SenderOptions): Ports {
  const ports = context ?? systemPorts
  if (security === undefined && insecure === undefined && onRefused === undefined) return ports
  const guard = guardOf({ security, insecure, onRefused })
  // Before any port is open: one that was opened before the key is missed would stay.
  for (const text of list(connect)) if (text.startsWith('tcp://')) guard.security?.serverKeyOf(text)
  return guardedPorts(ports, guard)
}

function checkPlace<O extends SenderOptions>(who: string, options: O): O {
  for (const text of list(options.bind)) parseEndpoint(text, 'bind')
  for (const text of list(options.connect)) parseEndpoint(text, 'connect')
  if (list(options.bind).length + list(options.connect).length > 0) return options
  throw new OptionError(
    'bind',
    `${who}: neither bind nor connect was given; allowed: at least one endpoint in one of them, such as connect: 'tcp://127.0.0.1:5555'`,
  )
}

function hasMethods(...names: readonly string[]): (value: unknown) => boolean {
  return (value) =>
    typeof value === 'object' &&
    value !== null &&
    names.every((name) => typeof Reflect.get(value, name) === 'function')
}

function list(given: string | readonly string[] | undefined): readonly string[] {
  if (given === undefined) return []
  return typeof given === 'string' ? [given] : given
}

/** Leaves out what was given as undefined, so that a default behind it stands. */
export function defined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T
}
