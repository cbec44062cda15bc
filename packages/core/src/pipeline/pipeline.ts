/** `pipeline()`: where a pipeline begins, and what it is when it is whole. */
import { OptionError } from '../errors.ts'
import { assemble } from './assemble.ts'
import { Builder } from './builder.ts'
import { callingModule, urlOf } from './caller.ts'
import { describe } from './describe.ts'
import { assertName } from './draft.ts'
import type { Draft } from './draft.ts'
import type { Graph } from './graph.ts'
import type { PipelineStart } from './grammar.ts'
import type { PipelineOptions } from './settings.ts'

/** A whole pipeline: a value that can be looked at and run, any number of times. */
export interface Pipeline {
  readonly name: string
  /** All of it, frozen: stages, links, groups and options. */
  readonly graph: Graph
  /** Draws the graph as text, one line a stage. */
  describe(): string
  toString(): string
}

/** Registered, so that a pipeline built by another copy of this module is known all the same. */
const brand: unique symbol = Symbol.for('sluice.pipeline')

class WholePipeline implements Pipeline {
  readonly [brand] = true
  readonly graph: Graph

  constructor(graph: Graph) {
    this.graph = graph
    Object.freeze(this)
  }

  get name(): string {
    return this.graph.name
  }

  describe(): string {
    return describe(this.graph)
  }

  toString(): string {
    return this.describe()
  }
}

/** Tells a pipeline from any other export of a module. */
export function isPipeline(value: unknown): value is Pipeline {
  return typeof value === 'object' && value !== null && brand in value
}

/**
 * Begins a pipeline; `source()` is what comes next. Every call returns a new builder, and `sink()` the pipeline.
 *
 * Nothing runs and no socket is opened: a pipeline is a value until `run` is given it.
 *
 * Errors: `OptionError` for a name, an option or an order of calls that cannot work; it says which and where.
 *
 * @example
 * import { pipeline, run } from '@sluice/core'
 *
 * let sum = 0
 * const numbers = pipeline('numbers')
 *   .source('count', () => [1, 2, 3])
 *   .stage('double', async (n) => n * 2)
 *   .sink('add', (n) => void (sum += n))
 *
 * await run(numbers)
 * if (sum !== 12) throw new Error(`${numbers}: ${sum}`)
 */
export function pipeline(name: string, options: PipelineOptions = {}): PipelineStart<Pipeline> {
  assertName('name', 'a pipeline', name)
  const module =
    options.module === undefined ? callingModule([import.meta.url]) : moduleOf(name, options.module)
  const draft: Draft = { name, module, stages: [], edges: [], routes: new Map() }
  const builder = new Builder(draft, [], 'start', (whole) => new WholePipeline(assemble(whole)))
  // The builder is one class for every state of the grammar; only the grammar knows which calls are allowed.
  return builder as unknown as PipelineStart<Pipeline>
}

function moduleOf(name: string, given: string | URL): string {
  const url = urlOf(given)
  if (url !== undefined) return url
  throw new OptionError(
    'module',
    `pipeline '${name}': module was given ${String(given)}; allowed: an absolute path or a file: URL, such as import.meta.url`,
  )
}
