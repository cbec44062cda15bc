/** Ours in bursts, without an outbox. */
import { inBursts } from '../harness/bursts.ts'
import type { PairSubject } from '../subject.ts'

export const subject: PairSubject = inBursts(undefined)
