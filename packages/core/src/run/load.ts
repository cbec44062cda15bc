/** Finds a pipeline in a module of the user's: for the command line, and for replicas in other processes. */
import { existsSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { OptionError, StateError } from '../errors.ts'
import { refuseUnfinished } from '../pipeline/builder.ts'
import { isPipeline } from '../pipeline/pipeline.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'

/** Which pipeline of a module is meant. */
export interface LoadOptions {
  /** The pipeline's name. Default: the module's default export, or the only pipeline that it exports. */
  readonly name?: string | undefined
  /** Handed to a default export that is a function: `({ args }) => pipeline`. Default: none. */
  readonly args?: readonly string[] | undefined
}

/**
 * Imports a module and returns the pipeline that it exports: as its default export, as any named export, or
 * returned by a default export that is a function `({ args }) => pipeline`.
 *
 * Errors: `OptionError` that names the file for one that is not there, does not compile, throws while it is
 * loaded, or exports no such pipeline; what was thrown is its `cause`. `StateError` where the module calls
 * `run` while it is loaded as a stage.
 */
export async function loadPipeline(module: string | URL, options: LoadOptions = {}): Promise<Pipeline> {
  const url = module instanceof URL || module.includes('://') ? new URL(module) : pathToFileURL(module)
  const file = url.protocol === 'file:' ? fileURLToPath(url) : url.href
  const exported = await importModule(url, file)
  const found = new Set(Object.values(exported).filter(isPipeline))
  const named = [...found].find(({ name }) => name === options.name)
  if (named !== undefined) return named
  const make = exported['default']
  if (typeof make === 'function') found.add(await makePipeline(make, file, options.args ?? []))
  return choose(exported, [...found], file, options.name)
}

async function importModule(url: URL, file: string): Promise<Readonly<Record<string, unknown>>> {
  if (url.protocol === 'file:' && !existsSync(url)) {
    throw new OptionError('module', `there is no file ${file}; allowed: a module that exports a pipeline`)
  }
  try {
    return (await import(url.href)) as Readonly<Record<string, unknown>>
  } catch (error) {
    if (error instanceof StateError) throw error
    const what = error instanceof SyntaxError ? 'does not compile' : 'failed while it was loaded'
    throw new OptionError('module', `${file} ${what}: ${messageOf(error)}`, { cause: error })
  }
}

async function makePipeline(make: object, file: string, args: readonly string[]): Promise<Pipeline> {
  const call = make as (options: { args: readonly string[] }) => unknown
  let made: unknown
  try {
    made = await call({ args })
  } catch (error) {
    if (error instanceof StateError || error instanceof OptionError) throw error
    throw new OptionError('module', `the default export of ${file} failed: ${messageOf(error)}`, {
      cause: error,
    })
  }
  if (isPipeline(made)) return made
  refuseUnfinished(made)
  throw new OptionError(
    'module',
    `the default export of ${file} is a function that returned no pipeline; allowed: ({ args }) => pipeline(…)`,
  )
}

function choose(
  exported: Readonly<Record<string, unknown>>,
  found: readonly Pipeline[],
  file: string,
  name: string | undefined,
): Pipeline {
  const [first] = found
  if (first === undefined) {
    Object.values(exported).forEach(refuseUnfinished)
    const wanted = name === undefined ? 'no pipeline' : `no pipeline named '${name}'`
    throw new OptionError('module', `${file} exports ${wanted}; allowed: export default pipeline(…)`)
  }
  const names = found.map((pipeline) => pipeline.name).join(', ')
  if (name !== undefined) {
    const match = found.find((pipeline) => pipeline.name === name)
    if (match !== undefined) return match
    throw new OptionError(
      'module',
      `${file} exports no pipeline named '${name}'; it exports ${names}; export that one too`,
    )
  }
  if (isPipeline(exported['default'])) return exported['default']
  if (found.length === 1 || typeof exported['default'] === 'function') return found.at(-1) ?? first
  throw new OptionError(
    'name',
    `${file} exports several pipelines: ${names}; make one of them the default export`,
  )
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
