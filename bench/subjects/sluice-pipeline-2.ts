/** A pipeline of 2 processes, with async handlers and backpressure between them, run as a user runs it. */
import { relayed } from '../harness/relayed.ts'
import { relay2 } from '../pipelines/relay.ts'
import type { LoneSubject } from '../subject.ts'

export const subject: LoneSubject = relayed(relay2)
