/** How many messages can be at work behind a link before its acks come back: the least window that is of use there. Pure. */
import type { Graph, GroupNode } from './graph.ts'

/**
 * Adds up what a replica of `group` works on and what all groups behind it do, as far as acks chain: a message that waits
 * in a batch three links further on is still unacked here. A link that promises no delivery acks what it has taken, and a
 * group with `ack: 'handled'` what it has handled; there the chain ends.
 */
export function workBehind(graph: Graph, group: GroupNode): number {
  const reached = new Set<GroupNode>([group])
  for (const each of reached) {
    if (isEarly(graph, each)) continue
    for (const link of graph.links) {
      if (link.fromGroup !== each.name || link.pattern.promises.delivery === 'at-most-once') continue
      const next = graph.groups.find(({ name }) => name === link.toGroup)
      if (next !== undefined) reached.add(next)
    }
  }
  let messages = 0
  for (const each of reached) messages += each.concurrency * (each === group ? 1 : each.replicas)
  return messages
}

function isEarly(graph: Graph, { name }: GroupNode): boolean {
  return graph.stages.find((stage) => stage.name === name)?.settings.ack === 'handled'
}
