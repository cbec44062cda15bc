/** Refuses batches that can never be full, since the links in front of them let fewer messages be outstanding. Pure. */
import { OptionError } from '../errors.ts'
import { groupOf } from './find.ts'
import type { Graph, StageNode } from './graph.ts'

/**
 * Looks at each batch stage that stands directly behind links. What stages fused in between make of a message is not known, and a batch
 * that waits for nobody (`withinMs: 0`) is as large as it happens to be.
 *
 * @throws {OptionError} that names the stage, the links and both ways out.
 */
export function checkBatchWindows(graph: Graph): void {
  for (const stage of graph.stages) {
    const { batch } = stage.settings
    if (batch === undefined || batch.withinMs === 0 || stage.group !== stage.name) continue
    const most = mostOutstanding(graph, stage)
    if (most !== undefined && most.messages < batch.size) throw neverFull(graph, stage, batch.size, most)
  }
}

interface Most {
  readonly messages: number
  /** Each link and what was given for it. */
  readonly given: readonly string[]
  readonly senders: number
}

/** How many messages can be outstanding at one replica; undefined where no user has bounded it. */
function mostOutstanding(graph: Graph, { group }: StageNode): Most | undefined {
  const given: string[] = []
  let messages = 0
  let senders = 0
  for (const { name, toGroup, fromGroup, pattern } of graph.links) {
    if (toGroup !== group) continue
    const { outstanding } = pattern
    if (outstanding === undefined) return undefined
    const { replicas } = groupOf(graph, fromGroup)
    given.push(`${outstanding.option} ${outstanding.most} of the link '${name}'`)
    messages += outstanding.most * replicas
    senders += replicas
  }
  return given.length === 0 ? undefined : { messages, given, senders }
}

function neverFull(graph: Graph, { name }: StageNode, size: number, most: Most): OptionError {
  const { messages, given, senders } = most
  const from = senders === 1 ? 'one sender' : `${senders} senders`
  return new OptionError(
    `stages.${name}.batch.size`,
    `pipeline '${graph.name}': stages.${name}.batch.size was given ${size}, but the ${given.join(' and the ')} from ${from} ` +
      `lets at most ${messages} be outstanding at '${name}', so that a batch is never full and each waits out its withinMs; ` +
      `allowed: a size of at most ${messages}, or at least ${Math.ceil(size / senders)} there, or neither given there`,
  )
}
