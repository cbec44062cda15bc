/** Ours in bursts that the disk has before they are accepted. */
import { inBursts } from '../harness/bursts.ts'
import type { PairSubject } from '../subject.ts'

export const subject: PairSubject = inBursts('each')
