/** A native socket with the endpoints it stands at: how it gets there, and how it leaves. */
import type { Event, Socket } from 'zeromq'
import { LinkError } from '../errors.ts'
import { within } from '../lifecycle/within.ts'
import { claimIpcPath } from './ipc-path.ts'
import type { IpcClaim } from './ipc-path.ts'
import { Handshakes } from './handshakes.ts'
import type { HandshakeSide } from './handshakes.ts'
import { endpointError } from './link-errors.ts'
import { watch } from './native.ts'

/** How long a close waits for the operating system to let go of a bound endpoint, in milliseconds. */
const unbindMs = 250

/** First pause before an endpoint is connected to anew that refused the handshake, and the longest, in milliseconds. */
const refusedPauseMs = 250
const longestPauseMs = 5_000

/** Pause before an endpoint that was left is bound again, and how often that is tried. */
const rebindPauseMs = 20
const rebindTries = 250

/** What a station tells of its socket until it is closed. */
export interface StationEvents {
  /** Every event of its connections. */
  seen(event: Event): void
  /** A connection ended in its handshake. */
  refused(error: LinkError): void
}

/** Binds, connects and closes one native socket. Its owner reads and writes it. */
export class Station {
  readonly #socket: Socket
  readonly #claims: IpcClaim[] = []
  readonly #bound: string[] = []
  #listening = 0
  #greeted = false
  #redial: NodeJS.Timeout | undefined
  #pauseMs = refusedPauseMs
  #cutting: Promise<void> | undefined
  /** A cut that has not begun: it serves everybody who asks for one by then. */
  #nextCut: Promise<void> | undefined
  #target: string | undefined
  #closed: Promise<void> | undefined
  #quiet: (() => void) | undefined

  constructor(socket: Socket, side: HandshakeSide, events: StationEvents) {
    this.#socket = socket
    const handshakes = new Handshakes(side)
    void watch(socket, (event) => {
      if (event.type === 'close' && --this.#listening <= 0) this.#quiet?.()
      if (this.#closed !== undefined) return
      if (event.type === 'connect') this.#greeted = false
      if (event.type === 'handshake') this.#welcomed()
      if (event.type === 'disconnect') this.#disconnected()
      const error = handshakes.take(event)
      if (error !== undefined) events.refused(error)
      events.seen(event)
    })
  }

  get closed(): boolean {
    return this.#closed !== undefined
  }

  /**
   * Binds each endpoint in turn and gives what they really are; `forAnybody` leaves the permissions of an ipc path as they come.
   * Throws `LinkError`.
   */
  async bind(endpoints: readonly string[], forAnybody: boolean = false): Promise<readonly string[]> {
    // A native socket has one family of addresses; with IPv6 it shows those of IPv4 as mapped ones.
    if (endpoints.some(isIpv6)) this.#socket.ipv6 = true
    for (const endpoint of endpoints) {
      try {
        const claim = await this.#claim(endpoint, forAnybody)
        this.#checkOpen(endpoint)
        this.#socket.bindSync(claim === undefined ? endpoint : `ipc://${claim.path}`)
        claim?.protect()
        this.#bound.push(this.#socket.lastEndpoint ?? endpoint)
        await claim?.confirm()
      } catch (error) {
        throw endpointError('bind', endpoint, error)
      }
    }
    return this.#bound
  }

  /** Connects, and again whenever the connection is lost or refused. Throws `LinkError`. */
  connect(endpoint: string): void {
    this.#target = endpoint
    try {
      if (isIpv6(endpoint)) this.#socket.ipv6 = true
      this.#socket.connect(endpoint)
    } catch (error) {
      throw endpointError('connect to', endpoint, error)
    }
  }

  /**
   * Ends every connection of a bound socket and listens again, so that each client has to be let in anew. What they had sent and was
   * not read may be lost. Resolves when it listens; rejects with the `LinkError` where that cannot be.
   */
  cut(): Promise<void> {
    this.#nextCut ??= (this.#cutting ?? Promise.resolve()).then(() => this.#cut())
    this.#cutting = this.#nextCut
    return this.#nextCut
  }

  /** Closes the socket; resolves once its bound endpoints are free. Idempotent; never rejects. */
  close(lingerMs: number): Promise<void> {
    this.#closed ??= this.#close(lingerMs)
    return this.#closed
  }

  async #close(lingerMs: number): Promise<void> {
    clearTimeout(this.#redial)
    await this.#cutting?.catch(() => undefined)
    this.#socket.linger = lingerMs
    // Leaving an endpoint ends its connections with what they have not sent: only a close lets that linger.
    if (lingerMs > 0) await this.#freed(() => this.#socket.close())
    else await this.#freed(() => this.#leaveAll())
    this.#socket.close()
    await Promise.all(this.#claims.map((claim) => claim.release()))
  }

  async #cut(): Promise<void> {
    this.#nextCut = undefined
    if (this.closed) return
    await this.#freed(() => this.#leaveAll())
    for (const endpoint of this.#bound) await this.#rebind(endpoint)
  }

  /** Another process may hold the endpoint for a moment: one that was started by this one and has not let go yet, for instance. */
  async #rebind(endpoint: string): Promise<void> {
    for (let tries = 1; !this.closed; tries++) {
      try {
        return this.#socket.bindSync(endpoint)
      } catch (error) {
        if (tries === rebindTries) throw endpointError('bind', endpoint, error)
        await new Promise((resolve) => setTimeout(resolve, rebindPauseMs))
      }
    }
  }

  #welcomed(): void {
    this.#greeted = true
    this.#pauseMs = refusedPauseMs
  }

  /** Libzmq tries again by itself where the network failed, and never where the other side refused. */
  #disconnected(): void {
    const target = this.#target
    if (target === undefined || this.#greeted || this.#redial !== undefined) return
    const pauseMs = this.#pauseMs
    this.#pauseMs = Math.min(pauseMs * 2, longestPauseMs)
    this.#redial = setTimeout(() => {
      this.#redial = undefined
      if (this.#greeted) return
      this.#leave(target)
      this.connect(target)
    }, pauseMs)
  }

  /** Whoever binds an endpoint as soon as it was left would be refused: this waits until it is free. */
  #freed(leave: () => void): Promise<void> {
    this.#listening = this.#bound.length
    if (this.#listening === 0) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#quiet = resolve
    leave()
    return within(unbindMs, promise)
  }

  #leaveAll(): void {
    // zeromq.js names its two ways to leave an endpoint after how one came to it; in libzmq they are one.
    for (const endpoint of this.#bound) this.#leave(endpoint)
  }

  #leave(endpoint: string): void {
    try {
      this.#socket.disconnect(endpoint)
    } catch {
      // It is gone already, and no event will say so.
      if (--this.#listening <= 0) this.#quiet?.()
    }
  }

  async #claim(endpoint: string, forAnybody: boolean): Promise<IpcClaim | undefined> {
    // A name after @ is no file.
    if (!endpoint.startsWith('ipc://') || endpoint.startsWith('ipc://@')) return undefined
    const claim = await claimIpcPath(endpoint.slice('ipc://'.length), forAnybody)
    this.#claims.push(claim)
    return claim
  }

  #checkOpen(endpoint: string): void {
    if (!this.closed) return
    const claims = this.#claims.splice(0)
    void Promise.all(claims.map((claim) => claim.release()))
    throw new LinkError(`${endpoint} was closed before it was bound`, { endpoint })
  }
}

/** Only an address in brackets is taken for one: a name then leads where it leads without IPv6. */
function isIpv6(endpoint: string): boolean {
  return endpoint.includes('[')
}
