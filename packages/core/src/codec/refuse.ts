/** How octets are refused: the rule, what was found, and where. */
import { DecodeError } from '../errors.ts'
import type { ProfileLimits } from './profile.ts'

/** Throws the `DecodeError` for what was found at an octet. */
export function refuse(rule: string, what: string, at: number): never {
  throw new DecodeError(rule, `${what}, at octet ${at}`)
}

/** Throws for a frame that ends inside a value. */
export function refuseEnd(at: number): never {
  throw new DecodeError('ENV-7', `the frame ends at octet ${at}, inside a value`)
}

/** Throws for a value beyond the last that may be in its frame. */
export function refuseMore(most: number, at: number): never {
  if (most === 1) refuse('ENV-1', 'more than the one value that belongs here', at)
  refuse('ENV-12', `more than ${most} values in a frame`, at)
}

/** Throws for a container that lies too deep, or else has one element too many. */
export function refuseContainer(
  limits: ProfileLimits,
  depth: number,
  frameIsFull: boolean,
  at: number,
): never {
  if (depth >= limits.depth) refuse('ENV-2', `arrays and maps nested deeper than ${limits.depth}`, at)
  if (frameIsFull) refuse('ENV-12', `more than ${limits.elementsPerFrame} elements in a frame`, at)
  refuse('ENV-3', `more than ${limits.elements} elements in a value`, at)
}
