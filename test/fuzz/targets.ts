/** Everything that an input is put through. */
import { checkReplier, checkRequester } from './calls.ts'
import type { Input } from './mutate.ts'
import { checkFrame, checkMessage } from './octets.ts'
import { checkSessions } from './sessions.ts'

/** Throws for a finding; returns how many frames were looked at. */
export function check(input: Input): number {
  let frames = 0
  for (const message of input) {
    for (const frame of message) checkFrame(frame)
    checkMessage(message)
    frames += message.length
  }
  // A lone frame is no more than a value: no session makes anything else of it.
  if (frames === 1) return frames
  checkSessions(input)
  checkReplier(input)
  checkRequester(input)
  return frames
}
