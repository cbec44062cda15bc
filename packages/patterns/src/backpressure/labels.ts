/** How many live sessions each label has: the bound on a peer that connects over and over. Pure. */
import { ProtocolError } from '@sluice/core/parts'
import { bye } from './greeting.ts'
import type { Objection } from './greeting.ts'

/** Counts live sessions by the label that the other side gave itself (SEC-17). */
export class Labels {
  readonly #most: number
  readonly #counts = new Map<string, number>()

  /** `most` is how many live sessions one label may have. */
  constructor(most: number) {
    this.#most = most
  }

  enter(label: string): void {
    this.#counts.set(label, (this.#counts.get(label) ?? 0) + 1)
  }

  leave(label: string): void {
    const left = (this.#counts.get(label) ?? 0) - 1
    if (left > 0) this.#counts.set(label, left)
    else this.#counts.delete(label)
  }

  /** What a greeting by this label gets that would be one too many; `own` is the label of the session that it takes the place of. */
  objection(label: string, own: string | undefined): Objection | undefined {
    const others = (this.#counts.get(label) ?? 0) - (label === own ? 1 : 0)
    if (others < this.#most) return undefined
    const message = `${this.#most} sessions of one id are served here, and no more (maxSessionsPerIdentity)`
    return { packet: bye('limit', message), error: new ProtocolError('SEC-17', message) }
  }
}
