/** libzmq in C, octets only: what everything above it has to start from. Built by the set-up of the rivals. */
import { fileURLToPath } from 'node:url'
import type { PairSubject } from '../subject.ts'
import { foreign } from './servers/foreign.ts'

const program = fileURLToPath(new URL('external/libzmq', import.meta.url))

export const subject: PairSubject = foreign(() => [program])
