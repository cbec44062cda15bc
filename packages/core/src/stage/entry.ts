/** The way into a stage, for whoever feeds it: the stage itself, or the batch that it gathers first. */
import type { Headers } from '../link/link.ts'
import type { StageStats } from './host.ts'
import type { Chain } from './chain.ts'
import type { Outlet } from './outlet.ts'

/** Takes messages at once while it has room, and makes whoever offers more wait. */
export interface Entry extends Outlet {
  /** True when the next message would be taken at once. */
  readonly hasRoom: boolean
  /** Called when there is room again. */
  onRoom: (() => void) | undefined
  offer(value: unknown, headers: Headers | undefined, chain: Chain | undefined): true | Promise<void>
  /** Little follows, if anything: what was gathered, and what comes from now on, is handled at once. */
  lull(): void
  /** Handles what was gathered, and resolves when nothing is left. */
  finish(): Promise<void>
  /** `held` messages wait with whoever feeds it. */
  stats(held: number): StageStats
}
