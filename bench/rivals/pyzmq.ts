/** pyzmq and msgpack for Python, one message a frame. BENCH_PYTHON names a Python that has both. */
import { fileURLToPath } from 'node:url'
import type { PairSubject } from '../subject.ts'
import { foreign } from './servers/foreign.ts'

const program = fileURLToPath(new URL('external/pyzmq.py', import.meta.url))

export const subject: PairSubject = foreign(() => [process.env['BENCH_PYTHON'] ?? 'python3', program])
