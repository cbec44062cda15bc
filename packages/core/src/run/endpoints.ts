/** The endpoints that a user gives to links: by option, by flag, or by environment. Pure. */
import { OptionError } from '../errors.ts'

/** What was given for one link. */
export interface GivenEndpoints {
  readonly endpoints: readonly string[]
  /** What the side that is run here does; undefined: as the replicas on either side suggest. */
  readonly side: 'bind' | 'connect' | undefined
  /** Where it was given, for errors: `endpoints.washer:dryer` or `SLUICE_ENDPOINT_WASHER_DRYER`. */
  readonly origin: string
}

/** Endpoints as the option `endpoints` takes them, by link name. */
export type EndpointsOption = Readonly<Record<string, string | readonly string[]>>

const prefix = 'SLUICE_ENDPOINT_'
const allowed = "such as 'tcp://127.0.0.1:5555' or 'ipc:///run/dishes/dryer'"

/**
 * Names the environment variable that sets a link's endpoints: `SLUICE_ENDPOINT_WASHER_DRYER` for `washer:dryer`.
 * Whatever is not a letter or a digit becomes one underscore.
 */
export function endpointVariable(link: string): string {
  return prefix + link.replace(/[^A-Za-z0-9]+/g, '_').toUpperCase()
}

/**
 * Turns flags such as `washer:dryer=tcp://host:5555` into the option `endpoints`.
 * @throws {OptionError} for a flag that is not `link=endpoint`, or a link that is given twice.
 */
export function endpointFlags(flags: readonly string[]): EndpointsOption {
  const option: Record<string, string> = Object.create(null) as Record<string, string>
  for (const flag of flags) {
    const at = flag.indexOf('=')
    if (at < 1 || at === flag.length - 1) {
      throw new OptionError(
        'endpoint',
        `endpoint was given '${flag}'; allowed: link=endpoint[,endpoint], such as washer:dryer=tcp://127.0.0.1:5555`,
      )
    }
    const link = flag.slice(0, at)
    if (link in option) {
      throw new OptionError(
        'endpoint',
        `endpoint was given twice for ${link}; allowed: one list, such as ${link}=tcp://a:1,tcp://b:1`,
      )
    }
    option[link] = flag.slice(at + 1)
  }
  return option
}

/**
 * Collects what was given for each link; the option goes before the environment.
 * An environment variable of a link that this pipeline does not have belongs to another one and is left alone.
 * @throws {OptionError} for an unknown link, for what is not an endpoint, or for a variable that two links share.
 */
export function givenEndpoints(
  links: readonly string[],
  option: EndpointsOption,
  environment: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<string, GivenEndpoints> {
  for (const name of Object.keys(option)) {
    if (!links.includes(name)) {
      throw new OptionError(
        `endpoints.${name}`,
        `endpoints names a link ${name}, which this pipeline does not have; allowed: ${links.join(', ') || 'none, it has no links'}`,
      )
    }
  }
  const given = new Map<string, GivenEndpoints>()
  for (const link of links) {
    const variable = endpointVariable(link)
    const value = option[link] ?? environment[variable]
    if (value === undefined || value === '') continue
    const fromOption = option[link] !== undefined
    if (!fromOption) refuseShared(variable, links)
    given.set(link, parse(value, fromOption ? `endpoints.${link}` : variable))
  }
  return given
}

function refuseShared(variable: string, links: readonly string[]): void {
  const sharing = links.filter((link) => endpointVariable(link) === variable)
  if (sharing.length < 2) return
  throw new OptionError(
    variable,
    `${variable} could mean the links ${sharing.join(' and ')}; use the option endpoints or the flag --endpoint instead`,
  )
}

function parse(value: string | readonly string[], origin: string): GivenEndpoints {
  const texts = typeof value === 'string' ? value.split(',') : value
  const [, side, first = ''] = /^(?:(bind|connect):(?!\/\/))?(.*)$/.exec(texts[0]?.trim() ?? '') ?? []
  const endpoints = [first, ...texts.slice(1)].map((text) => text.trim())
  for (const endpoint of endpoints) check(endpoint, origin)
  const twice = endpoints.find(
    (endpoint, at) => !endpoint.endsWith(':*') && endpoints.indexOf(endpoint) !== at,
  )
  if (twice !== undefined) {
    throw new OptionError(origin, `${origin} was given ${twice} twice; allowed: each endpoint once`)
  }
  return { endpoints, side: side as GivenEndpoints['side'], origin }
}

function check(endpoint: string, origin: string): void {
  const scheme = /^([a-z]+):\/\/[^\s]+$/.exec(endpoint)?.[1]
  if (scheme === undefined) {
    throw new OptionError(origin, `${origin} was given '${endpoint}'; allowed: an endpoint ${allowed}`)
  }
  if (scheme !== 'tcp' && scheme !== 'ipc') {
    throw new OptionError(
      origin,
      `${origin} was given ${endpoint}; allowed: tcp:// and ipc://, ${allowed} (a run chooses ${scheme}:// by itself)`,
    )
  }
  if (scheme === 'tcp' && !/^tcp:\/\/.+:(\d{1,5}|\*)$/.test(endpoint)) {
    throw new OptionError(
      origin,
      `${origin} was given ${endpoint}; allowed: a host and a port, such as tcp://127.0.0.1:5555`,
    )
  }
}
