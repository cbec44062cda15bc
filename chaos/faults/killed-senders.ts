/**
 * Senders die by SIGKILL and are started again: what they were told was finished is finished, and what they send again
 * from where their own records end loses nothing. What was not acked dies with them; an outbox is there to keep that.
 */
import { existsSync, readFileSync } from 'node:fs'
import { Consumer } from '@sluice/patterns/backpressure'
import { Replier } from '@sluice/patterns/request-reply'
import type { Fault, Finding, Size, Sizes } from '../fault.ts'
import { check, falselyAcked } from '../harness/check.ts'
import { timeNow } from '../harness/child.ts'
import { randomFrom } from '../harness/figures.ts'
import { Peer } from '../harness/peer.ts'
import { Place } from '../harness/place.ts'
import type { Handled } from '../harness/record.ts'

interface Amount {
  readonly kills: number
  readonly messages: number
}

const sizes: Sizes<Amount> = {
  short: { kills: 3, messages: 3_000 },
  whole: { kills: 50, messages: 50_000 },
  long: { kills: 100, messages: 50_000 },
}

const window = 50
const senders = 2

/** A bound receiver in this process; `ended` resolves when every sender has said that nothing follows. */
interface Receiving extends AsyncDisposable {
  readonly endpoint: string
  readonly ended: Promise<void>
}

type Take = (n: number, marked: boolean, identity: string) => void

async function consuming(bind: string, take: Take): Promise<Receiving> {
  const consumer = new Consumer<{ n: number }>({ bind, senders, highWaterMark: window })
  const [endpoint = ''] = await consumer.endpoints()
  const ended = (async () => {
    for await (const { message, redelivered } of consumer.received()) take(message.n, redelivered, 'consumer')
  })()
  return { endpoint, ended, [Symbol.asyncDispose]: () => consumer.close() }
}

async function replying(bind: string, take: Take): Promise<Receiving> {
  const replier = new Replier<{ n: number }, number>({ bind, senders }, ({ n }, { attempt }) => {
    take(n, attempt > 1, 'replier')
    return n
  })
  const [endpoint = ''] = await replier.endpoints()
  return { endpoint, ended: replier.ended, [Symbol.asyncDispose]: () => replier.close() }
}

/** Starts the senders, and kills one whenever another share of the messages has come. */
class Senders implements Disposable {
  readonly #start: (at: number) => Peer
  readonly #peers: Peer[]
  #busy = false
  kills = 0

  constructor(start: (at: number) => Peer) {
    this.#start = start
    this.#peers = Array.from({ length: senders }, (_, at) => start(at))
  }

  /** Kills one that has begun to send, unless that is under way or none has. */
  async killOne(random: () => number): Promise<void> {
    const working = this.#peers.filter(({ up, over }) => up && !over)
    const victim = working[Math.floor(random() * working.length)]
    if (this.#busy || victim === undefined) return
    this.#busy = true
    await victim.kill()
    this.kills++
    this.#peers[this.#peers.indexOf(victim)] = this.#start(this.#peers.indexOf(victim))
    this.#busy = false
  }

  [Symbol.dispose](): void {
    for (const peer of this.#peers) peer[Symbol.dispose]()
  }
}

async function run(pattern: 'backpressure' | 'request-reply', size: Size): Promise<Finding> {
  const { kills, messages } = sizes[size]
  using place = new Place()
  const records: Handled[] = []
  const random = randomFrom(7)
  const take: Take = (n, marked, by) => {
    records.push({ n, marked, by, at: timeNow() })
    const due = Math.floor((records.length * (kills + 1)) / messages)
    if (peers.kills < Math.min(kills, due)) void peers.killOne(random)
  }
  const receive = pattern === 'backpressure' ? consuming : replying
  await using receiver = await receive(place.endpoint('tcp'), take)
  const { endpoint } = receiver
  const work = (at: number) => ({
    endpoint,
    identity: `sender/${at}`,
    log: place.file(`acked-${at}`),
    first: at,
    step: senders,
    until: messages,
    inFlight: window,
  })
  using peers = new Senders((at) => new Peer(pattern === 'backpressure' ? 'produce' : 'request', work(at)))
  await receiver.ended
  const acked = Array.from({ length: senders }, (_, at) => ackedIn(place.file(`acked-${at}`))).flat()
  return judge(records, acked, { messages, kills: peers.kills }, kills)
}

function ackedIn(log: string): number[] {
  return existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').map(Number) : []
}

function judge(records: Handled[], acked: number[], { messages, kills }: Amount, planned: number): Finding {
  // A new life of a sender knows nothing of what the old one had in flight: what it sends again cannot be marked.
  const verdict = check(records, { sent: messages, mostDuplicates: window * kills, marked: false })
  const broken = [...verdict.broken]
  const false_ = falselyAcked(acked, records)
  if (false_.length > 0) broken.push(`${false_.length} were acked that nobody has handled`)
  if (new Set(acked).size !== messages) broken.push(`${new Set(acked).size} of ${messages} were acked`)
  if (kills < planned) broken.push(`only ${kills} of ${planned} kills came to pass`)
  const { lost, duplicates } = verdict
  return { figures: { kills, messages, lost, duplicates, 'acked and not handled': false_.length }, broken }
}

/** Both patterns that ack. */
export const killedSenders: readonly Fault[] = (['backpressure', 'request-reply'] as const).map(
  (pattern) => ({
    name: `killed-senders-${pattern}`,
    title: `senders killed, ${pattern}`,
    run: (size) => run(pattern, size),
  }),
)
