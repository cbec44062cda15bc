/** Conversations of test/vectors: whole dialogues as octets, in order, that every language's client is held to. */
import { readFileSync } from 'node:fs'

export type Match = 'octets' | 'greeting' | 'ack' | 'bye' | 'request' | 'error'

/** One step; see `about` in the files for what each does. */
export interface Step {
  readonly give?: readonly string[]
  readonly expect?: readonly string[]
  readonly match?: Match
  readonly call?: string
  readonly with?: readonly unknown[]
  readonly handed?: readonly unknown[]
  readonly refused?: readonly string[]
  readonly answered?: readonly unknown[]
  readonly failed?: readonly [code: string, message: string]
  readonly serve?: readonly (readonly [asked: unknown, answer: unknown])[]
  readonly serveError?: readonly [asked: unknown, code: string, message: string]
  readonly expectErrors?: readonly number[]
  readonly code?: string
  readonly ended?: true
}

export interface Subject {
  readonly class: 'Producer' | 'Consumer' | 'Pusher' | 'Puller' | 'Requester' | 'Replier'
  readonly side: 'bind' | 'connect'
  readonly identity?: string
  readonly options?: Readonly<Record<string, number>>
}

export interface Conversation {
  readonly id: string
  readonly title: string
  readonly rules: readonly string[]
  readonly subject: Subject
  readonly steps: readonly Step[]
}

const files = ['backpressure', 'fire-and-forget', 'request-reply'] as const

export function conversations(): readonly Conversation[] {
  return files.flatMap((name) => {
    const url = new URL(`../vectors/conversations-${name}.json`, import.meta.url)
    return (JSON.parse(readFileSync(url, 'utf8')) as { conversations: readonly Conversation[] }).conversations
  })
}
