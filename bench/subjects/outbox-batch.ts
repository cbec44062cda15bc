/** Ours in bursts that are committed before they are accepted, with a sync under way. */
import { inBursts } from '../harness/bursts.ts'
import type { PairSubject } from '../subject.ts'

export const subject: PairSubject = inBursts('batch')
