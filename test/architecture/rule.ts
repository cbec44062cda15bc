import { parse } from './source.ts'
import type { Source } from './source.ts'

/** A place that breaks a rule. */
export interface Violation {
  readonly path: string
  readonly line: number
  readonly what: string
}

/** Files made up for a rule: their paths and texts. */
export type Planted = Readonly<Record<string, string>>

/** Something that must never be, with the proof that it would be seen. */
export interface Rule {
  /** A sentence that states what holds. */
  readonly holds: string
  find(tree: readonly Source[]): Violation[]
  /** Trees that break the rule, each in one way; what each shows. */
  readonly breaks: Readonly<Record<string, Planted>>
  /** Trees that look alike and keep it. */
  readonly keeps: Readonly<Record<string, Planted>>
}

/** Makes a planted tree into what a rule reads. */
export function plant(files: Planted): readonly Source[] {
  return Object.entries(files).map(([path, text]) => parse(path, text))
}

/** Applies a rule that looks at one file at a time. */
export function each(find: (source: Source) => Iterable<Violation>): Rule['find'] {
  return (tree) => tree.flatMap((source) => [...find(source)])
}

/** As people read it, and as an editor's terminal makes it a link. */
export function describeViolation({ path, line, what }: Violation): string {
  return `${path}:${line} ${what}`
}
