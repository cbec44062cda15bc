/** A pattern that behaves as another does, and has everything written down that crosses its two sides. */
import type { Graph, Pattern, Site } from '@sluice/core'
import type { Untimed } from '../event.ts'
import type { Seat, Watch } from './seat.ts'
import { WatchedReceiver } from './watched-receiver.ts'
import { WatchedSender } from './watched-sender.ts'

/** Watches both sides of every link that is made of a pattern. */
export function watched(pattern: Pattern, watch: Watch): Pattern {
  const opened = (what: 'sender' | 'receiver', site: Site): Seat => {
    const { name, promises, options } = pattern
    const { link, machineOf } = watch
    const machine = machineOf(site)
    const log = (event: Untimed): void => {
      // What a killed process would have done after its death was not done.
      if (machine?.state !== 'killed') watch.log(event)
    }
    const seat = { link, tags: watch.tags, log, machine: machine?.name ?? site.identity }
    const { concurrency, senders } = site
    log({ machine: seat.machine, what, link, pattern: name, promises, options, concurrency, senders })
    return seat
  }
  return {
    name: pattern.name,
    promises: pattern.promises,
    options: pattern.options,
    sender: (site) => {
      const seat = opened('sender', site)
      return new WatchedSender(pattern.sender(site), seat, pattern)
    },
    receiver: (site) => {
      const seat = opened('receiver', site)
      return new WatchedReceiver(pattern.receiver(site), seat)
    },
  }
}

/** A graph whose links are watched; everything else of it is as it was. */
export function watchedGraph(graph: Graph, watch: Omit<Watch, 'link'>): Graph {
  const links = graph.links.map((link) => ({
    ...link,
    pattern: watched(link.pattern, { ...watch, link: link.name }),
  }))
  return { ...graph, links }
}
