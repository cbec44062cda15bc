/** What a program cannot be in a pipeline: fused, asked for a route, or given a function to call. */
import { OptionError } from '../errors.ts'
import { nameOf } from './draft.ts'
import type { Draft, EdgeDraft, StageDraft } from './draft.ts'

/** Refuses stages whose work a program does where it could not do it. */
export function checkPrograms(draft: Draft): void {
  for (const stage of draft.stages) {
    if (stage.handler.kind !== 'external') continue
    for (const edge of draft.edges) checkEdge(draft, stage, edge)
    if (draft.routes.has(stage.name)) {
      throw new OptionError(
        `stages.${stage.name}.route`,
        `${nameOf(draft)}: the branches behind '${stage.name}' have a route, which a program cannot call; let it give to all of them, or put a stage of its own with the route behind it`,
      )
    }
  }
}

function checkEdge(draft: Draft, { name }: StageDraft, { from, to, pattern }: EdgeDraft): void {
  if (from !== name && to !== name) return
  if (pattern === undefined) {
    throw new OptionError(
      `stages.${name}`,
      `${nameOf(draft)}: the work of '${name}' is done by a program, which cannot be fused to '${from === name ? to : from}'; put a link between '${from}' and '${to}', such as .link(backpressure())`,
    )
  }
  if (to === name) return
  for (const [option, value] of Object.entries(pattern.options)) {
    if (typeof value !== 'function') continue
    throw new OptionError(
      `links.${from}:${to}.${option}`,
      `${nameOf(draft)}: the link '${from}:${to}' has a function for ${option}, which the program that sends into it cannot call; leave it out`,
    )
  }
}
