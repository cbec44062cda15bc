/** Ours in bursts that are committed before they are accepted, and written when the system likes. */
import { inBursts } from '../harness/bursts.ts'
import type { PairSubject } from '../subject.ts'

export const subject: PairSubject = inBursts('os')
