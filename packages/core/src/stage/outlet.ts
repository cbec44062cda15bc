/** Where a stage's output goes: into a fused neighbour, a link, or several of them. */
import { ClosedError, EncodeError, LinkError, SluiceError, StateError } from '../errors.ts'
import type { Headers, LinkSender } from '../link/link.ts'
import type { Route } from '../pipeline/handler.ts'
import type { Chain } from './chain.ts'

/** Takes messages: true when it took one at once, false when none is wanted, else a promise that settles when it is taken. */
export interface Outlet {
  offer(value: unknown, headers: Headers | undefined, chain: Chain | undefined): boolean | Promise<void>
}

/** The ways out of one stage; either may be missing. */
export interface Outlets {
  readonly messages: Outlet | undefined
  readonly letters: Outlet | undefined
}

/** The link of an outlet is gone: the message is not to blame and stays with its sender, and the host is about to end. */
export class LinkGoneError extends SluiceError {
  constructor(link: string, cause: unknown) {
    super('ERR_SLUICE_LINK', `the link '${link}' takes no more`, { cause })
  }
}

/** The sending side of a link; the chain is the ticket of all that is handed to it. */
export class LinkOutlet implements Outlet {
  readonly #link: string
  readonly #from: string
  readonly #sender: LinkSender

  constructor(link: string, from: string, sender: LinkSender) {
    this.#link = link
    this.#from = from
    this.#sender = sender
  }

  offer(value: unknown, headers: Headers | undefined, chain: Chain | undefined): true | Promise<void> {
    chain?.handOn()
    let taken: true | Promise<void>
    try {
      taken = this.#sender.offer(value, headers, chain)
    } catch (error) {
      chain?.takeBack()
      throw this.#explain(error)
    }
    return taken === true ? true : this.#wait(taken, chain)
  }

  async #wait(taken: Promise<void>, chain: Chain | undefined): Promise<void> {
    try {
      await taken
    } catch (error) {
      chain?.takeBack()
      throw this.#explain(error)
    }
  }

  #explain(error: unknown): unknown {
    if (error instanceof ClosedError || error instanceof StateError || error instanceof LinkError) {
      return new LinkGoneError(this.#link, error)
    }
    if (!(error instanceof EncodeError)) return error
    return new EncodeError(
      error.path,
      `stage '${this.#from}' emitted what the link '${this.#link}' cannot carry, at ${error.path}: ${error.message}`,
      { cause: error },
    )
  }
}

/** Several branches: every message to each of them, or to those that the route names. */
export class FanOut implements Outlet {
  readonly #from: string
  readonly #branches: ReadonlyMap<string, Outlet>
  readonly #all: readonly Outlet[]
  readonly #route: Route | undefined

  constructor(from: string, branches: ReadonlyMap<string, Outlet>, route: Route | undefined) {
    this.#from = from
    this.#branches = branches
    this.#all = [...branches.values()]
    this.#route = route
  }

  offer(value: unknown, headers: Headers | undefined, chain: Chain | undefined): boolean | Promise<void> {
    const chosen = this.#route === undefined ? this.#all : this.#choose(this.#route(value as never))
    let waits: Promise<void>[] | undefined
    try {
      for (const outlet of chosen) {
        const taken = outlet.offer(value, headers, chain)
        if (typeof taken !== 'boolean') (waits ??= []).push(taken)
      }
    } catch (error) {
      // The whole message fails by this branch; how the branches before it go on is nobody's business then.
      for (const wait of waits ?? []) wait.catch(() => {})
      throw error
    }
    return waits === undefined ? chosen.length > 0 : allTaken(waits)
  }

  #choose(named: unknown): readonly Outlet[] {
    if (named === undefined) return []
    const names: readonly unknown[] = Array.isArray(named) ? named : [named]
    return names.map((name) => {
      const outlet = this.#branches.get(name as string)
      if (outlet !== undefined) return outlet
      throw new SluiceError(
        'ERR_SLUICE_ROUTE',
        `the route of '${this.#from}' named the branch ${JSON.stringify(name)}; its branches are ${[...this.#branches.keys()].join(', ')}`,
      )
    })
  }
}

/** Waits for every branch, also when one of them refuses, so that no refusal goes unheard. */
async function allTaken(waits: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(waits)
  await Promise.all(waits)
}
