/** Who writes down what happens at a side of a link, and where that side is. */
import type { Site } from '@sluice/core'
import type { Untimed } from '../event.ts'
import type { Machine } from '../machine.ts'
import type { Tags } from './tags.ts'

/** Who watches a link, and by which name. */
export interface Watch {
  readonly link: string
  readonly tags: Tags
  readonly log: (event: Untimed) => void
  /** The machine that one side stands on. */
  readonly machineOf: (site: Site) => Machine | undefined
}

/** One side of a link, as it is written down. */
export interface Seat extends Pick<Watch, 'link' | 'tags' | 'log'> {
  readonly machine: string
}
