/** `external()`: a program, in whatever language, as the work of a stage. */
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import * as v from 'valibot'
import { OptionError } from '../errors.ts'
import { checkOptions, either, milliseconds } from '../option-check.ts'
import type { OptionEntries } from '../option-check.ts'

/** What `external()` can be told; all of it may be left out. */
export interface ExternalOptions {
  /**
   * Where the program is started: a `file:` URL, or a path, which may start from the directory of the module that builds the
   * pipeline. Default: that directory.
   */
  readonly cwd?: string | URL | undefined
  /** Variables beside those of the run's own environment; one that is `undefined` is taken away. `SLUICE_…` is the runner's. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Milliseconds from its start until the program must have reported that its links are open. Default 30 000. */
  readonly readyTimeoutMs?: number | undefined
}

/** Carries the message types of a program; it exists for the compiler only. */
declare const takes: unique symbol
declare const gives: unique symbol

/** A program that takes messages `In` and gives messages `Out`. */
export interface External<In = unknown, Out = unknown> {
  readonly kind: 'external'
  /** The program and its arguments. */
  readonly command: readonly [string, ...string[]]
  readonly cwd: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly readyTimeoutMs: number
  readonly [takes]?: (message: In) => void
  readonly [gives]?: Out
}

const cwdAllowed = "a path or a file: URL, such as new URL('.', import.meta.url)"

const entries: OptionEntries<ExternalOptions> = {
  cwd: either(
    cwdAllowed,
    v.pipe(v.string(cwdAllowed), v.nonEmpty(cwdAllowed)),
    v.pipe(
      v.instance(URL, cwdAllowed),
      v.check((url) => url.protocol === 'file:', cwdAllowed),
    ),
  ),
  env: v.record(v.string(), v.optional(v.string()), 'an object of texts'),
  readyTimeoutMs: milliseconds(1),
}

/**
 * Makes a program the work of a source, a stage or a sink: each replica is a process of its own, which the run starts,
 * supervises, restarts and drains like its own. The program's output is forwarded line by line with the stage's name.
 *
 * Nothing is started until the pipeline runs. The program finds its links in its environment and speaks with the run on
 * standard input and output, as docs/protocol.md says (`STG-1` and on); in Python that is `from sluice import stage`.
 * `command` is started as it is, with no shell between.
 *
 * Units with defaults: `readyTimeoutMs` 30 000.
 *
 * Errors: `OptionError` for a command or an option that cannot work. What the program does wrong, its run says: a
 * `ReplicaError` that ends with its last lines of output.
 *
 * Not guaranteed: that the program takes and gives what the types say.
 *
 * Source: STG-1 to STG-11.
 *
 * @example
 * import { external, pipeline } from '@sluice/core'
 * import { backpressure } from '@sluice/patterns'
 *
 * interface Dish {
 *   readonly number: number
 * }
 *
 * const dishes = pipeline('dishes')
 *   .source('washer', () => [{ number: 1 }, { number: 2 }])
 *   .link(backpressure())
 *   .stage('dryer', external<Dish, Dish>(['python3', 'dryer.py']), { replicas: 3 })
 *   .link(backpressure())
 *   .sink('shelf', ({ number }) => void process.stdout.write(`${number}\n`))
 *
 * if (!dishes.describe().includes('stage dryer ×3: python3 dryer.py')) throw new Error(dishes.describe())
 */
export function external<In = unknown, Out = unknown>(
  command: readonly [string, ...string[]],
  options: ExternalOptions = {},
): External<In, Out> {
  checkCommand(command)
  checkOptions('external', entries, options)
  const { cwd, env = {}, readyTimeoutMs = 30_000 } = options
  const ours = Object.keys(env).find((name) => name.startsWith('SLUICE_'))
  if (ours !== undefined) {
    throw new OptionError(
      `env.${ours}`,
      `external: env.${ours} was given, but the runner tells the program by SLUICE_…; allowed: any other name`,
    )
  }
  return Object.freeze({
    kind: 'external' as const,
    command: Object.freeze([...command] as const),
    cwd: cwd instanceof URL ? fileURLToPath(cwd) : cwd,
    env: Object.freeze({ ...env }),
    readyTimeoutMs,
  })
}

/** Tells a program from a function or an object that handles messages here. */
export function isExternal(value: unknown): value is External<never> {
  if (typeof value !== 'object' || value === null) return false
  const { kind, command } = value as Partial<External>
  return kind === 'external' && Array.isArray(command)
}

function checkCommand(command: unknown): void {
  const isList = Array.isArray(command) && command.every((part) => typeof part === 'string')
  if (isList && command.length > 0 && command[0] !== '' && !command.some((part) => part.includes('\0')))
    return
  throw new OptionError(
    'command',
    `external: command was given ${inspect(command, { depth: 1, breakLength: Infinity })}; allowed: the program and its arguments, such as ['python3', 'dryer.py']`,
  )
}
