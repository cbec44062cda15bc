/** `inproc://`: frames between the ports of one thread, by names that the whole thread shares. */
import { MemoryPort } from './memory-port.ts'
import type { MemoryNames, MemorySpec } from './memory-port.ts'
import { Names } from './names.ts'
import type { Frames, FrameSocket } from '../port/frame-socket.ts'

/** The names live where libzmq's live: with the process, not with a module; a new shape of them gets a new number. */
const namesKey = Symbol.for('@sluice/core inproc 1')

interface NamesHolder {
  [namesKey]?: MemoryNames
}

/**
 * Opens a frame socket for names of `inproc://`. It is not libzmq's inproc: that one tells nothing of its
 * connections, never makes one anew, and takes messages for names that nobody is bound to.
 */
export function openInproc(spec: MemorySpec<Frames>): FrameSocket {
  const holder = globalThis as NamesHolder
  holder[namesKey] ??= new Names()
  return new MemoryPort<Frames>(spec, holder[namesKey])
}
