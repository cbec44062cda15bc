/** A pipeline of 3 processes, with async handlers and backpressure between them, run as a user runs it. */
import { relayed } from '../harness/relayed.ts'
import { relay3 } from '../pipelines/relay.ts'
import type { LoneSubject } from '../subject.ts'

export const subject: LoneSubject = relayed(relay3)
