/** What a process holds at a moment, once its garbage is collected. */
import { readdirSync, readlinkSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** What must not grow with what is opened and closed again. */
export interface Sample {
  readonly descriptors: number
  /** Those of the descriptors that are sockets. */
  readonly sockets: number
  /** What keeps the event loop alive: timers, handles and requests. */
  readonly resources: number
  readonly heapBytes: number
  readonly rssBytes: number
}

/** Takes a sample; the garbage is collected first. */
export function sample(): Sample {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  const links = readdirSync('/proc/self/fd').map(linkOf)
  const { heapUsed, rss } = process.memoryUsage()
  return {
    descriptors: links.length,
    sockets: links.filter((link) => link.startsWith('socket:')).length,
    resources: process.getActiveResourcesInfo().length,
    heapBytes: heapUsed,
    rssBytes: rss,
  }
}

function linkOf(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`)
  } catch {
    // It was the one by which the directory was read.
    return ''
  }
}
