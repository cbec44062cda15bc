/** What a receiver keeps of one session, from its WELCOME to its end. Sans-I/O. */
import { AutoWindow, firstMark, ProtocolError, ReceiverWindow } from '@sluice/core/parts'
import type { Finished, Rejection, WindowPool } from '@sluice/core'
import { AckWait } from './ack-wait.ts'
import { probeMs } from './greeting.ts'
import type { AckPacket, BlockedPacket, DataPacket, EndPacket, Epoch, Side } from './packets.ts'

/** What a receiver's session has to know beforehand. */
export interface ReceiverSessionOptions {
  readonly side: Side
  readonly identity: string
  /** Takes DATA in one frame. */
  readonly compact: boolean
  readonly highWaterMark: number | 'auto'
  readonly highWaterMarkBytes: number
  /** Payload bytes that may be here and unfinished, beyond which a sender does not keep to the mark. Default: any. */
  readonly maxBufferedBytes?: number
  /** Messages that are worked on at once behind this side. */
  readonly concurrency: number
  /** What the windows of all senders share. Default: there is no other. */
  readonly pool?: WindowPool
  /** How soon the sender reacts to an ack: what is finished meanwhile has to be here already. Default: that of `AutoWindow`. */
  readonly targetMs?: number | undefined
}

/** The mark that a session begins with. */
export function markToBegin({ highWaterMark, concurrency, pool }: ReceiverSessionOptions): number {
  return highWaterMark === 'auto' ? firstMark({ concurrency, pool }) : highWaterMark
}

/** What is known of the sender when a session begins. */
export interface Begun {
  readonly epoch: Epoch
  /** The label of the sender. */
  readonly id: string
  /** The first sequence number that it will send. */
  readonly next: number
  /** It takes ACK in one frame. */
  readonly compact: boolean
}

/** Checks what comes against the mark that was announced, and says what is to be acked. */
export class Reception {
  readonly epoch: Epoch
  /** The label of the sender. */
  readonly sender: string
  readonly #compact: boolean
  readonly #fixed: number | undefined
  readonly #auto: AutoWindow | undefined
  readonly #window: ReceiverWindow
  readonly #maxBufferedBytes: number
  readonly #concurrency: number
  #paused = false
  #over = false
  #serial = 0
  #heldBytes = 0
  #ackedAt: number
  readonly #wait: AckWait
  /** Handled since the last ack, for the window that sizes itself. */
  #finished = 0
  /** Handled and not settled: they wait for acks from further down, and take no room in that window. */
  #passedOn = 0
  /** Passed on since that was last said to be so many that they hold up the sender. */
  #sincePressed = 0
  #blocked = false
  /** An ack is owed that says everything. */
  #owes = false
  /** The sender has said that nothing comes at or after this number: unless another receiver dies, or for good. */
  #lastBefore: number | undefined
  #endBefore: number | undefined
  #endAcked = false

  /** `position` is where the sender stands; `announced` is the mark that it was told. */
  constructor(options: ReceiverSessionOptions, position: Begun, announced: number, now: number) {
    const { highWaterMark, highWaterMarkBytes, concurrency } = options
    this.epoch = position.epoch
    this.sender = position.id
    this.#compact = position.compact
    this.#fixed = highWaterMark === 'auto' ? undefined : highWaterMark
    this.#auto = highWaterMark === 'auto' ? new AutoWindow(options) : undefined
    this.#maxBufferedBytes = options.maxBufferedBytes ?? Infinity
    this.#concurrency = concurrency
    this.#window = new ReceiverWindow(position.next)
    this.#window.announce(announced)
    this.#ackedAt = now
    this.#wait = new AckWait(highWaterMarkBytes, now)
  }

  /** The session is over: what it brought can no longer be acked, and is sent again. */
  get over(): boolean {
    return this.#over
  }

  /** Messages received and not finished. */
  get held(): number {
    return this.#window.held
  }

  /** The sequence number of the next message to come. */
  get expected(): number {
    return this.#window.expected
  }

  /** The mark as last announced. */
  get highWaterMark(): number {
    return this.#window.highWaterMark
  }

  /** The sender has nothing pending and takes no more, and all that it sent is here. */
  get complete(): boolean {
    return this.#reached(this.#lastBefore) || this.#reached(this.#endBefore)
  }

  /** The sender has ended and everything is settled. */
  get ended(): boolean {
    return this.#reached(this.#endBefore) && this.#window.held === 0
  }

  /**
   * Takes messages in; false for what came before.
   * @throws {ProtocolError} BP-5 for a gap and for what is beyond the window, BP-11 after the end, BP-18 for too many bytes.
   */
  data(packet: DataPacket, now: number): boolean {
    this.#wait.came(now)
    const { count, bytes } = packet.batch
    if (!this.#window.receive(packet.first, count)) return false
    if (this.#endBefore !== undefined) throw new ProtocolError('BP-11', 'DATA after END')
    this.#buffer(bytes)
    this.#blocked = false
    this.#wait.took(bytes)
    this.#auto?.arrived(count, bytes, now)
    if (this.#window.exhausted) this.#auto?.exhausted()
    return true
  }

  /**
   * Takes what the sender says of itself; an ack is owed.
   * @throws {ProtocolError} BP-5, where something that was sent did not come.
   */
  told(packet: BlockedPacket | EndPacket, now: number): void {
    this.#wait.heard(now)
    this.#window.confirm(packet.next)
    this.#owes = true
    if (packet.type === 'end') {
      this.#endBefore = packet.next
      return
    }
    this.#blocked = true
    this.#auto?.blocked()
    if (packet.last) this.#lastBefore = packet.next
  }

  /** Whether the sender has been silent for so long that it may take another session for the present one. */
  silent(now: number): boolean {
    return now >= this.#wait.heardAt + probeMs
  }

  /** Marks messages as delivered; returns how many were not finished before. */
  finish(first: number, last: number): number {
    const fresh = this.#window.finish(first, last)
    this.#finished += fresh
    return fresh
  }

  /** Marks messages as settled and not delivered. */
  reject(rejection: Rejection): void {
    this.#window.reject(rejection)
    this.#finished += rejection.last - rejection.first + 1
  }

  /** Payload bytes of messages that are finished, or will not be. */
  release(bytes: number): void {
    this.#heldBytes -= bytes
  }

  /**
   * A handler is done with messages that are not settled yet. True, once for each half of a mark that was given, where so many wait
   * for acks from further down: a window that sizes itself has room for others meanwhile.
   */
  handled(count: number): boolean {
    this.#finished += count
    this.#passedOn += count
    if (this.#fixed === undefined) return false
    this.#sincePressed += count
    if (Math.min(this.#passedOn, this.#sincePressed) * 2 < this.#fixed) return false
    this.#sincePressed = 0
    return true
  }

  /** Messages are being settled of which `handled` has told before. */
  settledAfter(count: number): void {
    this.#finished -= count
    this.#passedOn -= count
  }

  /** Sets the mark to 0, or takes that back; an ack is owed. */
  pause(paused: boolean): void {
    this.#paused = paused
  }

  /** Says everything again with the next ack, to find out whether the other side is there. */
  probe(): void {
    this.#owes = true
  }

  end(): void {
    if (!this.#over) this.#auto?.close()
    this.#over = true
  }

  /** When an ack is due if there is no more to say by then; `Infinity` where all is said. */
  get ackBy(): number {
    return this.#wait.due
  }

  /** What is to be acked, if anything. */
  ack(now: number): AckPacket | undefined {
    return this.#ack(now, false)
  }

  /** What is to be acked at once, if anything: nothing while the sender has no use for it yet. */
  dueAck(now: number): AckPacket | undefined {
    return this.#ack(now, true)
  }

  /** When everything is to be said again, if nothing comes before. */
  deadline(): number {
    // A sender that waits says so every second. One that does not, though it is told every second where this side stands,
    // has had credit since, and what it sent was lost: it asks when it hears nothing.
    const asked = this.#blocked && this.#ackedAt < this.#wait.heardAt + 2 * probeMs
    return this.#window.held > 0 || asked ? this.#ackedAt + probeMs : Infinity
  }

  #ack(now: number, mayWait: boolean): AckPacket | undefined {
    if (this.#over) return undefined
    if (this.#finished > 0) this.#auto?.finished(this.#finished, now)
    this.#finished = 0
    const { ended } = this
    const highWaterMark = this.#mark()
    const owes = this.#owes || (ended && !this.#endAcked) || highWaterMark !== this.#window.highWaterMark
    if (mayWait && !owes && this.#canWait(now)) return undefined
    const finished: Finished | undefined = this.#owes ? this.#window.all() : this.#window.news()
    if (finished === undefined && !owes) return undefined
    this.#owes = false
    this.#endAcked = ended
    this.#ackedAt = now
    this.#wait.said()
    this.#window.announce(highWaterMark)
    const { ranges, rejected } = finished ?? { ranges: [], rejected: [] }
    const serial = ++this.#serial
    const { epoch } = this
    return { type: 'ack', epoch, highWaterMark, ranges, rejected, ended, serial, compact: this.#compact }
  }

  /** Whether the sender neither waits for an ack nor could come to a stop without one, and nobody here is idle for want of it. */
  #canWait(now: number): boolean {
    const { expected, limit, held, unsaid, highWaterMark } = this.#window
    if (unsaid > 0) this.#wait.settled(now)
    if (this.#blocked || this.#lastBefore !== undefined || this.#endBefore !== undefined) return false
    if (expected >= limit && held < this.#concurrency) return false
    if (this.#wait.alone && held === 0) return false
    if (this.#wait.over(now)) return false
    if (unsaid * 2 < highWaterMark) return true
    this.#auto?.hurried()
    return false
  }

  /** One message may always come, however large; what is counted here is an estimate where a frame is finished in part. */
  #buffer(bytes: number): void {
    if (this.#heldBytes > 1 && this.#heldBytes + bytes > this.#maxBufferedBytes) {
      const allowed = `${this.#maxBufferedBytes} bytes are buffered for one peer (limits.maxBufferedBytes)`
      throw new ProtocolError('BP-18', `no more than ${allowed}`)
    }
    this.#heldBytes += bytes
  }

  #mark(): number {
    if (this.#paused) return 0
    return this.#fixed ?? (this.#auto?.highWaterMark ?? 1) + this.#passedOn
  }

  #reached(before: number | undefined): boolean {
    return before !== undefined && this.#window.expected >= before
  }
}
