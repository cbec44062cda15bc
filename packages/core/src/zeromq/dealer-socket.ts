/** The connecting side of a duplex link: one DEALER for one endpoint, and a peer for each connection. */
import { randomBytes } from 'node:crypto'
import type { SluiceError } from '../errors.ts'
import type { Frames, FrameSocket, FrameSpec } from '../port/frame-socket.ts'
import type { Peer } from '../port/port.ts'
import { CurveSide, noDoor } from './curve-side.ts'
import { Intake } from './intake.ts'
import { canMarkEnds, newDealer } from './native.ts'
import { Station } from './station.ts'

/** Pause before an endpoint is connected to anew: after a loss, and after its peer was dropped, in milliseconds. */
const lostPauseMs = 50
const droppedPauseMs = 1_000

/** Longest pause where connections end before anybody was met, as they do while this side's key is refused. */
const longestPauseMs = 5_000

/** How long what was said to a peer before it was dropped may still leave, in milliseconds. */
const partingMs = 1_000

class DealerPeer implements Peer {
  readonly label: string
  readonly lost: () => void

  constructor(label: string, lose: (peer: DealerPeer) => void) {
    this.label = label
    this.lost = () => lose(this)
  }
}

/** One native socket, which has one connection in its life: what it still held is not sent on the next. */
interface Attempt {
  readonly socket: ReturnType<typeof newDealer>
  readonly station: Station
  readonly intake: Intake
  peer: DealerPeer | undefined
}

/**
 * Tells `up` at each handshake and `down` behind the last message of the connection. Every connection gets
 * a native socket of its own, so that nothing meant for one peer object reaches the next.
 */
export class DealerSocket implements FrameSocket {
  readonly #spec: FrameSpec
  readonly #endpoint: string
  readonly #marksEnds: boolean
  readonly #mark = randomBytes(16)
  readonly #curve: CurveSide
  #attempt: Attempt | undefined
  #pauseMs = lostPauseMs
  #pause: NodeJS.Timeout | undefined

  constructor(spec: FrameSpec, endpoint: string, marksEnds: boolean = canMarkEnds) {
    this.#spec = spec
    this.#marksEnds = marksEnds
    this.#endpoint = endpoint
    this.#curve = new CurveSide(spec, noDoor)
    this.#connect()
  }

  send(peer: Peer, frames: Frames): boolean {
    const attempt = this.#attempt
    if (attempt === undefined || attempt.peer !== peer) return true
    // Zeromq.js takes any array and changes none.
    attempt.socket.send(frames as Uint8Array[]).catch(attempt.peer.lost)
    return true
  }

  drop(peer: Peer): void {
    if (this.#attempt?.peer === peer) this.#again(droppedPauseMs, partingMs)
  }

  pause(): void {
    // What a duplex pattern has not allowed for is not sent to it.
  }

  resume(): void {
    // Nothing was paused.
  }

  connections(peer: Peer): number {
    return this.#attempt?.peer === peer ? 1 : 0
  }

  bound(): Promise<readonly string[]> {
    return Promise.resolve([])
  }

  async close(lingerMs: number): Promise<void> {
    clearTimeout(this.#pause)
    await this.#leave(lingerMs)
  }

  #connect(): void {
    const socket = newDealer(this.#spec.limits, this.#curve.options)
    if (this.#marksEnds) socket.markEnds(this.#mark)
    const station = new Station(socket, this.#curve.side, {
      seen: (event) => {
        if (event.type === 'handshake') this.#meet(attempt)
        else if (event.type === 'disconnect' && !this.#marksEnds) this.#lose(attempt)
      },
      refused: (error) => {
        if (attempt === this.#attempt) this.#spec.events.refused(undefined, error)
      },
    })
    const intake = new Intake(socket, (frames) => this.#arrived(attempt, frames))
    const attempt: Attempt = { socket, station, intake, peer: undefined }
    this.#attempt = attempt
    try {
      station.connect(this.#endpoint)
    } catch (error) {
      return this.#fail(error as SluiceError)
    }
    void intake.run()
  }

  #arrived(attempt: Attempt, frames: Buffer[]): void {
    if (attempt !== this.#attempt) return
    if (frames.length === 1 && frames[0]?.equals(this.#mark) === true) return this.#lose(attempt)
    // The handshake is told on another way and may come later than the first message.
    if (attempt.peer === undefined) this.#meet(attempt)
    if (attempt.peer !== undefined) this.#spec.events.packet(attempt.peer, frames)
  }

  #meet(attempt: Attempt): void {
    if (attempt !== this.#attempt || attempt.peer !== undefined) return
    this.#pauseMs = lostPauseMs
    attempt.peer = new DealerPeer(this.#endpoint, () => this.#lose(attempt))
    this.#spec.events.up(attempt.peer)
  }

  #lose(attempt: Attempt): void {
    if (attempt !== this.#attempt) return
    this.#again(this.#pauseMs)
    if (attempt.peer === undefined) this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs)
    if (attempt.peer !== undefined) this.#spec.events.down(attempt.peer)
  }

  #again(pauseMs: number, lingerMs: number = 0): void {
    void this.#leave(lingerMs)
    // It holds the process open, as a socket does that waits for messages.
    this.#pause = setTimeout(() => this.#connect(), pauseMs)
  }

  async #leave(lingerMs: number): Promise<void> {
    const attempt = this.#attempt
    this.#attempt = undefined
    attempt?.intake.stop()
    await attempt?.station.close(lingerMs)
  }

  #fail(error: SluiceError): void {
    void this.close(0)
    queueMicrotask(() => this.#spec.events.failed(error))
  }
}
