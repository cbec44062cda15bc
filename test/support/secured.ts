/** The two sides of each pattern on tcp, as far as keys matter: one sends numbers, the other writes down what it got. */
import { CurveKeys } from '@sluice/core'
import type { LinkError, SecurityOptions, SenderOptions } from '@sluice/core'
import { Consumer, Producer } from '@sluice/patterns/backpressure'
import { Puller, Pusher } from '@sluice/patterns/fire-and-forget'
import { Replier, Requester } from '@sluice/patterns/request-reply'
import { eventually } from './by-hand.ts'

/** A fresh key pair as options have it. */
export function newKeys(): { readonly publicKey: string; readonly secretKey: string } {
  const keys = CurveKeys.generate()
  return { publicKey: keys.publicKey, secretKey: keys.reveal() }
}

/** What one side is told beside where it stands. */
export type SideOptions = Pick<SenderOptions, 'bind' | 'connect' | 'security' | 'insecure' | 'limits'>

/** One side of a link, with what was refused to it. */
export interface Side extends AsyncDisposable {
  readonly errors: LinkError[]
  readonly got: number[]
  send(n: number): Promise<unknown>
  peers(): number
  refused(): number
  endpoint(): Promise<string>
}

interface Inner {
  stats(): { readonly peers: number; readonly refused: number }
  endpoints(): Promise<readonly string[]>
  close(): Promise<void>
}

type Open = (options: SenderOptions, got: number[]) => Inner & { send?(n: number): unknown }

function side(open: Open, options: SideOptions): Side {
  const errors: LinkError[] = []
  const got: number[] = []
  const inner = open({ ...options, onRefused: (error) => void errors.push(error) }, got)
  return {
    errors,
    got,
    send: async (n) => await inner.send?.(n),
    peers: () => inner.stats().peers,
    refused: () => inner.stats().refused,
    endpoint: async () => (await inner.endpoints())[0] ?? '',
    [Symbol.asyncDispose]: () => inner.close(),
  }
}

function read(from: AsyncIterable<number>, got: number[]): void {
  const reading = (async () => {
    for await (const n of from) got.push(n)
  })()
  // A side that could not be bound says so by its endpoints.
  reading.catch(() => undefined)
}

/** A pattern's two sides; either binds. */
export interface Secured {
  readonly name: string
  sender(options: SideOptions): Side
  receiver(options: SideOptions): Side
}

export const secured: readonly Secured[] = [
  {
    name: 'fire-and-forget',
    sender: (options) => side((all) => new Pusher<number>(all), options),
    receiver: (options) =>
      side((all, got) => {
        const puller = new Puller<number>(all)
        read(puller, got)
        return puller
      }, options),
  },
  {
    name: 'request-reply',
    sender: (options) =>
      side((all) => {
        const requester = new Requester<number>(all)
        return Object.assign(requester, { send: (n: number) => requester.request(n, { timeoutMs: 15_000 }) })
      }, options),
    receiver: (options) => side((all, got) => new Replier<number>(all, (n) => void got.push(n)), options),
  },
  {
    name: 'backpressure',
    sender: (options) => side((all) => new Producer<number>(all), options),
    receiver: (options) =>
      side((all, got) => {
        const consumer = new Consumer<number>(all)
        read(consumer, got)
        return consumer
      }, options),
  },
]

/** Two sides of a pattern, of which one binds by the options given for it, and the other connects to it. */
export async function joined(
  pattern: Secured,
  binds: 'sender' | 'receiver',
  server: SideOptions,
  client: SideOptions,
): Promise<{ sender: Side; receiver: Side; server: Side; client: Side }> {
  const other = binds === 'sender' ? 'receiver' : 'sender'
  const bound = pattern[binds]({ bind: 'tcp://127.0.0.1:*', ...server })
  const connected = pattern[other]({ connect: await bound.endpoint(), ...client })
  const [sender, receiver] = binds === 'sender' ? [bound, connected] : [connected, bound]
  return { sender, receiver, server: bound, client: connected }
}

/** Resolves when a message came through. */
export async function comesThrough(
  { sender, receiver }: { sender: Side; receiver: Side },
  n = 1,
): Promise<void> {
  await eventually(() => sender.peers() > 0)
  await sender.send(n)
  await eventually(() => receiver.got.includes(n))
}

/** What `security` a client of a server has. */
export function clientOf(server: SecurityOptions, own: SecurityOptions): SecurityOptions {
  return { ...own, serverKey: server.publicKey }
}
