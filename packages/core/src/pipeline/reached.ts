/** Which stages messages reach from one of them on. Pure. */
import type { Graph, Outlet } from './graph.ts'

/** The names of the stages that are reached from `stage` on, itself first, by the outlets that are `wanted`. */
export function reachedFrom(
  graph: Graph,
  stage: string,
  wanted: (outlet: Outlet) => boolean = () => true,
): ReadonlySet<string> {
  const reached = new Set([stage])
  for (const name of reached) {
    const outlets = graph.stages.find((node) => node.name === name)?.outlets ?? []
    for (const outlet of outlets) if (wanted(outlet)) reached.add(outlet.to)
  }
  return reached
}
