/** A pipeline under construction: values only, so that two pipelines may share a beginning. */
import type { Pattern } from '../link/link.ts'
import { OptionError } from '../errors.ts'
import type { Route } from './handler.ts'
import type { StageHandler } from './graph.ts'
import type { GivenOptions } from './settings.ts'

/** A stage as it was given. */
export interface StageDraft {
  readonly name: string
  readonly kind: 'source' | 'stage' | 'sink'
  readonly handler: StageHandler
  readonly given: GivenOptions
}

/** What joins two stages: a link with its pattern, or nothing where they are fused. */
export interface EdgeDraft {
  readonly from: string
  readonly to: string
  readonly branch: string | undefined
  readonly pattern: Pattern | undefined
  readonly endpoint: string | undefined
  /** Whether it is dead letters that leave here. */
  readonly letters: boolean
}

/** All that was given so far. */
export interface Draft {
  readonly name: string
  readonly module: string | undefined
  readonly stages: readonly StageDraft[]
  readonly edges: readonly EdgeDraft[]
  readonly routes: ReadonlyMap<string, Route>
}

/** An end of the draft that messages leave, waiting for what follows. */
export type Tail = Omit<EdgeDraft, 'to'>

/** Adds a stage behind every tail; refuses a name that cannot be used, or is used already. */
export function withStage(draft: Draft, stage: StageDraft, tails: readonly Tail[]): Draft {
  checkName(draft, stage.name, tails[0])
  const edges = tails.map((tail): EdgeDraft => ({ ...tail, to: stage.name }))
  for (const edge of edges) checkEdge(draft, edge, edges)
  return { ...draft, stages: [...draft.stages, stage], edges: [...draft.edges, ...edges] }
}

/** The name that starts every sentence about this draft. */
export function nameOf(draft: Pick<Draft, 'name'>): string {
  return `pipeline '${draft.name}'`
}

const nameAllowed = 'a letter followed by at most 63 letters, digits, - or _'
const namePattern = /^[A-Za-z][\w-]{0,63}$/

/** Refuses what cannot name a pipeline, a stage or a branch: names become endpoints, paths and report keys. */
export function assertName(option: string, who: string, name: unknown): asserts name is string {
  if (typeof name === 'string' && namePattern.test(name)) return
  throw new OptionError(option, `${who} was named ${JSON.stringify(name)}; allowed: ${nameAllowed}`)
}

function checkName(draft: Draft, name: string, tail: Tail | undefined): void {
  const place = tail === undefined ? 'its source' : `the stage behind '${tail.from}'`
  assertName('stages', `${nameOf(draft)}: ${place}`, name)
  const at = draft.stages.findIndex((stage) => stage.name === name)
  if (at === -1) return
  throw new OptionError(
    `stages.${name}`,
    `${nameOf(draft)}: ${place} is named '${name}', as is its ${ordinal(at + 1)} stage already; every stage needs a name of its own`,
  )
}

function checkEdge(draft: Draft, edge: EdgeDraft, edges: readonly EdgeDraft[]): void {
  if (edges.some((other) => other !== edge && other.from === edge.from)) {
    throw new OptionError(
      `links.${edge.from}:${edge.to}`,
      `${nameOf(draft)}: '${edge.from}' reaches '${edge.to}' by two branches, which would both be the link '${edge.from}:${edge.to}'; put a stage on one of them`,
    )
  }
  if (edge.endpoint !== undefined && edges.length > 1) {
    throw new OptionError(
      `links.${edge.from}:${edge.to}.endpoint`,
      `${nameOf(draft)}: the links that merge into '${edge.to}' cannot all bind ${edge.endpoint}; give the endpoints to the run instead, by link name`,
    )
  }
}

function ordinal(n: number): string {
  return ['first', 'second', 'third'][n - 1] ?? `${n}th`
}
