/** What a link holds. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Findings } from '../subject.ts'

/** What a side has more of than before its links were opened, for each; what was only needed to open them is collected first. */
export function perLink(before: number, links: number): Findings {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return { bytesPerLink: Math.round((process.memoryUsage.rss() - before) / links) }
}
