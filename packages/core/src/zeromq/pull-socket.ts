/** The receiving side of a one-way link: one PULL, which takes frames from all its connections in turn. */
import type { Pull } from 'zeromq'
import type { LinkError, SluiceError } from '../errors.ts'
import type { FrameSocket, FrameSpec } from '../port/frame-socket.ts'
import type { Peer } from '../port/port.ts'
import { Crowd } from './crowd.ts'
import { CurveSide } from './curve-side.ts'
import { Intake } from './intake.ts'
import { newPull } from './native.ts'
import { Station } from './station.ts'

/** Tells `up` when the first connection is there, and `down` when the last is gone and all it sent was read. */
export class PullSocket implements FrameSocket {
  readonly #spec: FrameSpec
  readonly #socket: Pull
  readonly #station: Station
  readonly #curve: CurveSide
  readonly #crowd: Crowd
  readonly #intake: Intake
  readonly #bound: Promise<readonly string[]>

  /** Binds all of `bind`, or connects to the one endpoint of `connect`. */
  constructor(spec: FrameSpec) {
    this.#spec = spec
    const refused = (error: LinkError): void => spec.events.refused(undefined, error)
    this.#curve = new CurveSide(spec, { refused, live: () => this.#crowd.size, cut: () => this.#cut() })
    this.#socket = newPull(spec.limits, this.#curve.options)
    this.#intake = new Intake(this.#socket, (frames) => this.#arrived(frames))
    this.#crowd = new Crowd(
      [...spec.bind, ...spec.connect].join(', '),
      spec.events,
      () => !this.#intake.holds,
    )
    this.#station = new Station(this.#socket, this.#curve.side, {
      refused,
      seen: (event) => this.#crowd.observe(event),
    })
    this.#bound = this.#start()
    this.#bound.catch((error: unknown) => this.#fail(error as SluiceError))
  }

  send(): boolean {
    return true
  }

  drop(): void {
    // One connection cannot be told from another: what breaks a rule costs that message.
  }

  pause(): void {
    this.#intake.pause()
  }

  resume(): void {
    this.#intake.resume()
  }

  connections(peer: Peer): number {
    return peer === this.#crowd.peer ? this.#crowd.size : 0
  }

  bound(): Promise<readonly string[]> {
    return this.#bound
  }

  close(lingerMs: number): Promise<void> {
    this.#intake.stop()
    this.#crowd.close()
    // Not before: whoever knocks meanwhile would be told that it is not on the list.
    return this.#station.close(lingerMs).then(() => this.#curve.close())
  }

  async #start(): Promise<readonly string[]> {
    for (const endpoint of this.#spec.connect) this.#station.connect(endpoint)
    const endpoints = await this.#station.bind(this.#spec.bind, this.#spec.guard?.insecure)
    // Not before: a bind takes the signal away that would wake a reader.
    void this.#intake.run()
    return endpoints
  }

  #arrived(frames: Buffer[]): void {
    this.#spec.events.packet(this.#crowd.met(), frames)
    this.#crowd.taken()
  }

  #cut(): void {
    this.#station.cut().catch((error: unknown) => this.#fail(error as SluiceError))
  }

  #fail(error: SluiceError): void {
    if (this.#station.closed) return
    void this.close(0)
    this.#spec.events.failed(error)
  }
}
