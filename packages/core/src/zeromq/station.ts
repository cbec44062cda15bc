/** A native socket with the endpoints it stands at: how it gets there, and how it leaves. */
import type { Event, Socket } from 'zeromq'
import { LinkError } from '../errors.ts'
import { claimIpcPath } from './ipc-path.ts'
import type { IpcClaim } from './ipc-path.ts'
import { endpointError } from './link-errors.ts'
import { watch } from './native.ts'

/** How long a close waits for the operating system to let go of a bound endpoint, in milliseconds. */
const unbindMs = 250

/** Pause before an endpoint is connected to anew that refused the handshake, in milliseconds. */
const refusedPauseMs = 1_000

/** Binds, connects and closes one native socket. Its owner reads and writes it. */
export class Station {
  readonly #socket: Socket
  readonly #claims: IpcClaim[] = []
  readonly #bound: string[] = []
  #listening = 0
  #greeted = false
  #redial: NodeJS.Timeout | undefined
  #target: string | undefined
  #closed: Promise<void> | undefined
  #quiet: (() => void) | undefined

  /** `tell` gets every event of the socket's connections until it is closed. */
  constructor(socket: Socket, tell: (event: Event) => void) {
    this.#socket = socket
    void watch(socket, (event) => {
      if (event.type === 'close' && --this.#listening <= 0) this.#quiet?.()
      if (this.#closed !== undefined) return
      if (event.type === 'connect') this.#greeted = false
      if (event.type === 'handshake') this.#greeted = true
      if (event.type === 'disconnect') this.#disconnected()
      tell(event)
    })
  }

  get closed(): boolean {
    return this.#closed !== undefined
  }

  /** Binds each endpoint in turn and gives what they really are. Throws `LinkError`. */
  async bind(endpoints: readonly string[]): Promise<readonly string[]> {
    // A native socket has one family of addresses; with IPv6 it shows those of IPv4 as mapped ones.
    if (endpoints.some(isIpv6)) this.#socket.ipv6 = true
    for (const endpoint of endpoints) {
      try {
        const claim = await this.#claim(endpoint)
        this.#checkOpen(endpoint)
        this.#socket.bindSync(claim === undefined ? endpoint : `ipc://${claim.path}`)
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

  /** Closes the socket; resolves once its bound endpoints are free. Idempotent; never rejects. */
  close(lingerMs: number): Promise<void> {
    this.#closed ??= this.#close(lingerMs)
    return this.#closed
  }

  async #close(lingerMs: number): Promise<void> {
    clearTimeout(this.#redial)
    this.#socket.linger = lingerMs
    // Leaving an endpoint ends its connections with what they have not sent: only a close lets that linger.
    if (lingerMs > 0) await this.#freed(() => this.#socket.close())
    else await this.#freed(() => this.#leaveAll())
    this.#socket.close()
    await Promise.all(this.#claims.map((claim) => claim.release()))
  }

  /** Libzmq tries again by itself where the network failed, and never where the other side refused. */
  #disconnected(): void {
    const target = this.#target
    if (target === undefined || this.#greeted || this.#redial !== undefined) return
    this.#redial = setTimeout(() => {
      this.#redial = undefined
      if (this.#greeted) return
      this.#leave(target)
      this.connect(target)
    }, refusedPauseMs)
  }

  /** Whoever binds an endpoint as soon as it was left would be refused: this waits until it is free. */
  #freed(leave: () => void): Promise<void> {
    this.#listening = this.#bound.length
    if (this.#listening === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, unbindMs)
      this.#quiet = () => {
        clearTimeout(timer)
        resolve()
      }
      leave()
    })
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

  async #claim(endpoint: string): Promise<IpcClaim | undefined> {
    // A name after @ is no file.
    if (!endpoint.startsWith('ipc://') || endpoint.startsWith('ipc://@')) return undefined
    const claim = await claimIpcPath(endpoint.slice('ipc://'.length))
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
