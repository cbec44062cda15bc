/** Which side of a link binds where its endpoints were given by the user. Pure. */
import { OptionError } from '../errors.ts'
import type { LinkNode } from '../pipeline/graph.ts'
import type { GivenEndpoints } from './endpoints.ts'

/** Where each replica of one side stands. */
export interface SidePlaces {
  /** By replica: the endpoints that it binds. Empty where this side connects. */
  readonly bind: readonly (readonly string[])[]
  /** The endpoints that every replica connects to. Empty where this side binds. */
  readonly connect: readonly string[]
}

/** A link as its sides are decided: who stands there, and how many of them. */
export interface LinkCrew {
  readonly link: LinkNode
  readonly senders: number
  readonly receivers: number
  readonly given: GivenEndpoints
}

/**
 * Says which side binds: the receivers, one endpoint each; but where one endpoint stands before several
 * receivers, the sender. Both hosts of a link come to the same answer, as both have the same pipeline.
 */
export function binder({ given, senders, receivers }: LinkCrew): 'sender' | 'receiver' {
  if (given.endpoints.length === receivers) return 'receiver'
  return given.endpoints.length === senders ? 'sender' : 'receiver'
}

/**
 * Places both sides of a link in one run.
 * @throws {OptionError} where the endpoints do not go round.
 */
export function bothSides(crew: LinkCrew): { sender: SidePlaces; receiver: SidePlaces } {
  const { link, given } = crew
  if (given.side !== undefined) {
    throw new OptionError(
      given.origin,
      `${given.origin} says ${given.side}:, which only means something where one side is run alone (--stage); both sides of ${link.name} are in this run`,
    )
  }
  const binds = binder(crew)
  const bound = bindEach(crew, binds)
  const dialled = { bind: [], connect: given.endpoints.map(dialable) }
  if (binds === 'receiver') return { sender: dialled, receiver: bound }
  refuseOpenPort(crew)
  return { sender: bound, receiver: dialled }
}

/**
 * Places the one side of a link that is run on this host.
 * @throws {OptionError} where the endpoints do not go round, or cannot be connected to.
 */
export function oneSide(crew: LinkCrew, side: 'sender' | 'receiver'): SidePlaces {
  const { given } = crew
  const binds = given.side === undefined ? binder(crew) === side : given.side === 'bind'
  if (binds) return bindEach(crew, side)
  for (const endpoint of given.endpoints) refuseWildcard(endpoint, crew)
  return { bind: [], connect: given.endpoints }
}

function bindEach({ link, given, senders, receivers }: LinkCrew, side: 'sender' | 'receiver'): SidePlaces {
  const replicas = side === 'sender' ? senders : receivers
  if (given.endpoints.length !== replicas) {
    const stage = side === 'sender' ? link.from : link.to
    throw new OptionError(
      given.origin,
      `${given.origin} has ${count(given.endpoints.length, 'endpoint')} for ${count(replicas, 'replica')} of ${stage}; ` +
        `allowed: one for each replica of ${link.to}, which binds it, or one for each replica of ${link.from}`,
    )
  }
  return { bind: given.endpoints.map((endpoint) => [endpoint]), connect: [] }
}

function refuseOpenPort({ link, given }: LinkCrew): void {
  const open = given.endpoints.find((endpoint) => endpoint.endsWith(':*'))
  if (open === undefined) return
  throw new OptionError(
    given.origin,
    `${given.origin} was given ${open}, but ${link.from} binds and is opened last, when ${link.to} has to know the port; allowed: a port number`,
  )
}

function refuseWildcard(endpoint: string, { given, link }: LinkCrew): void {
  if (!endpoint.endsWith(':*') && !/^tcp:\/\/(\*|0\.0\.0\.0|\[::\]):/.test(endpoint)) return
  throw new OptionError(
    given.origin,
    `${given.origin} was given ${endpoint}, which nothing can connect to; the other side of ${link.name} binds: give its host and port, or say bind:${endpoint}`,
  )
}

/** An endpoint bound on every interface is reached by this host's own processes over loopback. */
export function dialable(endpoint: string): string {
  return endpoint
    .replace(/^tcp:\/\/(\*|0\.0\.0\.0):/, 'tcp://127.0.0.1:')
    .replace(/^tcp:\/\/\[::\]:/, 'tcp://[::1]:')
}

function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? '' : 's'}`
}
