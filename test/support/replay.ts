/** Replays a conversation: a real object of ours on one side, a plain socket on the other. */
import { deepStrictEqual, ok } from 'node:assert/strict'
import { Context, RemoteError } from '@sluice/core'
import { Consumer, Producer, Puller, Pusher, Replier, Requester } from '@sluice/patterns'
import { unpackMultiple } from 'msgpackr'
import * as zmq from 'zeromq'
import { eventually } from './by-hand.ts'
import { Matching } from './conversation-match.ts'
import type { Octets } from './conversation-match.ts'
import type { Conversation, Step } from './conversations.ts'

type Where = { readonly bind: string } | { readonly connect: string }
type Given = Where & { readonly context: Context; readonly identity?: string }
type AnySubject = Producer | Consumer | Pusher | Puller | Requester | Replier
type PlainSocket = zmq.Router | zmq.Dealer | zmq.Pull | zmq.Push

/** What a call that waits came to. */
interface Answer {
  readonly value?: unknown
  readonly error?: unknown
}

export class Replay implements AsyncDisposable {
  readonly #conversation: Conversation
  readonly #context = new Context()
  readonly #plain: PlainSocket
  readonly #matching = new Matching()
  readonly #before: Octets[] = []
  readonly #handed: unknown[] = []
  readonly #answers: Answer[] = []
  #subject: AnySubject | undefined
  #routing: Buffer | undefined
  #refusals = 0

  constructor(conversation: Conversation) {
    this.#conversation = conversation
    this.#plain = plainSocket(conversation)
  }

  async run(): Promise<void> {
    const { class: kind, side, identity, options = {} } = this.#conversation.subject
    const context = this.#context
    if (side === 'connect') await this.#plain.bind('tcp://127.0.0.1:*')
    const where =
      side === 'connect' ? { connect: this.#plain.lastEndpoint ?? '' } : { bind: 'tcp://127.0.0.1:*' }
    const subject = this.#make(kind, {
      context,
      ...where,
      ...(identity === undefined ? {} : { identity }),
      ...options,
    })
    this.#subject = subject
    if (side === 'bind') {
      const [endpoint = ''] = await subject.endpoints()
      this.#plain.connect(endpoint)
    }
    if (subject instanceof Pusher) await subject.ready()
    for (const step of this.#conversation.steps) await this.#take(step, subject)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#subject?.close()
    this.#plain.close()
    await this.#context[Symbol.asyncDispose]()
  }

  #make(kind: Conversation['subject']['class'], given: Given): AnySubject {
    switch (kind) {
      case 'Producer':
        return new Producer(given)
      case 'Pusher':
        return new Pusher(given)
      case 'Requester':
        return new Requester(given)
      case 'Replier':
        return new Replier(given, (value) => this.#serve(value))
      case 'Consumer':
      case 'Puller': {
        const receiver = kind === 'Consumer' ? new Consumer(given) : new Puller(given)
        receiver.start((delivery) => {
          this.#handed.push(...delivery.values)
          for (const index of delivery.values.keys()) delivery.settle(index, 'delivered')
        })
        return receiver
      }
    }
  }

  /** What the conversation says that the handler gives. */
  #serve(asked: unknown): unknown {
    for (const { serve = [], serveError } of this.#conversation.steps) {
      const pair = serve.find(([question]) => question === asked)
      if (pair !== undefined) return pair[1]
      if (serveError !== undefined) throw Object.assign(new Error(serveError[2]), { code: serveError[1] })
    }
    throw new Error('nobody said what to answer')
  }

  async #take(step: Step, subject: AnySubject): Promise<void> {
    if (step.give !== undefined) await this.#give(step.give)
    else if (step.expect !== undefined) await this.#expect(step)
    else if (step.call !== undefined) await this.#call(step.call, step.with ?? [], subject)
    else if (step.handed !== undefined) await this.#wasHanded(step.handed)
    else if (step.refused !== undefined) await this.#refused(subject)
    else if (step.answered !== undefined) await this.#answered(step.answered)
    else if (step.failed !== undefined) await this.#failed(step.failed)
    else if (step.expectErrors !== undefined) await this.#errors(step.expectErrors, step.code ?? '')
    else if (step.ended === true && 'ended' in subject) await subject.ended
  }

  async #give(hex: readonly string[]): Promise<void> {
    const frames = hex.map((frame) => this.#matching.renamed(Buffer.from(frame, 'hex')))
    if (this.#routing !== undefined) frames.unshift(this.#routing)
    if (!(this.#plain instanceof zmq.Pull)) await this.#plain.send(frames)
  }

  async #expect({ expect: hex = [], match = 'octets' }: Step): Promise<void> {
    const wanted = hex.map((frame) => Buffer.from(frame, 'hex'))
    for (;;) {
      const got = await this.#receive()
      if (this.#matching.matches(match, wanted, got)) return void this.#before.push(got)
      // What was said before may be said again; acks and BLOCKED come of themselves, and an ack may say a part.
      const again = this.#before.some((old) => sameOctets(old, got))
      const command = got[0]?.toString() ?? ''
      const byItself =
        command === 'ACK' ? match !== 'octets' || wanted[0]?.toString() !== 'ACK' : command === 'BLOCKED'
      if (!again && !byItself) deepStrictEqual(inHex(got), hex)
    }
  }

  async #call(name: string, given: readonly unknown[], subject: AnySubject): Promise<void> {
    const [value, headers] = given as [unknown, Record<string, unknown> | undefined]
    const options = headers === undefined ? {} : { headers }
    if (name === 'begin request' && subject instanceof Requester) {
      void subject.request(value, options).then(
        (answer) => this.#answers.push({ value: answer }),
        (error: unknown) => this.#answers.push({ error }),
      )
    } else if (name === 'drain') void subject.drain().catch(() => {})
    else if (subject instanceof Producer || subject instanceof Pusher) {
      const sent = subject.send(value, options)
      if (name === 'send') await sent
      else void sent.catch(() => {})
    }
  }

  async #wasHanded(messages: readonly unknown[]): Promise<void> {
    await eventually(() => this.#handed.length >= messages.length)
    deepStrictEqual(this.#handed.splice(0, messages.length), messages)
  }

  async #refused(subject: AnySubject): Promise<void> {
    this.#refusals++
    await eventually(() => subject.stats().refused >= this.#refusals)
  }

  async #answered(answers: readonly unknown[]): Promise<void> {
    await eventually(() => this.#answers.length >= answers.length)
    const given = this.#answers.splice(0, answers.length)
    deepStrictEqual(
      given,
      answers.map((value) => ({ value })),
    )
  }

  async #failed([code, message]: readonly [string, string]): Promise<void> {
    await eventually(() => this.#answers.length > 0)
    const error = this.#answers.shift()?.error
    ok(error instanceof RemoteError)
    deepStrictEqual([error.remoteCode, error.message], [code, message])
  }

  async #errors(ids: readonly number[], code: string): Promise<void> {
    const left = new Set(ids.map(BigInt))
    while (left.size > 0) {
      const [id = nothing, , , headers = nothing] = await this.#receive()
      for (const { error } of unpackMultiple(headers) as { error: { code: string } }[])
        deepStrictEqual(error.code, code)
      for (let at = 4; at < id.length; at += 8) left.delete(id.readBigUInt64BE(at))
    }
  }

  async #receive(): Promise<Octets> {
    if (this.#plain instanceof zmq.Push) throw new Error('a PUSH receives nothing')
    const frames = await this.#plain.receive()
    if (this.#plain instanceof zmq.Router) this.#routing = frames.shift()
    return frames
  }
}

const nothing = Buffer.alloc(0)

function sameOctets(one: Octets, other: Octets): boolean {
  return one.length === other.length && one.every((frame, at) => frame.equals(other[at] ?? nothing))
}

function inHex(frames: Octets): string[] {
  return frames.map((frame) => frame.toString('hex'))
}

function plainSocket({ subject }: Conversation): PlainSocket {
  if (subject.class === 'Pusher') return new zmq.Pull({ linger: 0, receiveTimeout: 10_000 })
  if (subject.class === 'Puller') return new zmq.Push({ linger: 0, sendTimeout: 10_000 })
  const Kind = subject.side === 'connect' ? zmq.Router : zmq.Dealer
  return new Kind({ linger: 0, receiveTimeout: 10_000, sendTimeout: 10_000 })
}
