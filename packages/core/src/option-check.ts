/** How options are checked, before any I/O: a vocabulary of schemas, and errors that say what is allowed. */
import * as v from 'valibot'
import { OptionError } from './errors.ts'

/** What one option may be; its message says so in words. */
export type OptionSchema = v.GenericSchema
type Entries = Readonly<Record<string, OptionSchema>>

/** A schema for each option of `O` that is not in `Shared`: none forgotten, none too many. */
export type OptionEntries<O, Shared = object> = {
  readonly [K in Exclude<keyof O, keyof Shared>]-?: OptionSchema
}

/** Takes a whole number from `min` to `max`; `unit` is said in the error, such as `messages`. */
export function wholeNumber(
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
  unit: string = '',
): OptionSchema {
  const range =
    max === Number.MAX_SAFE_INTEGER
      ? `a whole number of at least ${min}`
      : `a whole number from ${min} to ${max}`
  const allowed = unit === '' ? range : `${range} (${unit})`
  return v.pipe(v.number(allowed), v.safeInteger(allowed), v.minValue(min, allowed), v.maxValue(max, allowed))
}

/** Longest time that a timer of Node.js can wait: 2^31 − 1 ms, near 25 days. */
const longestMs = 2 ** 31 - 1

/** Takes a time in milliseconds, fractions included. */
export function milliseconds(min: number = 0): OptionSchema {
  const allowed = `a time from ${min} to ${longestMs} milliseconds`
  return v.pipe(
    v.number(allowed),
    v.finite(allowed),
    v.minValue(min, allowed),
    v.maxValue(longestMs, allowed),
  )
}

/** Takes any number from `min` to `max`; `what` is said in the error, such as `a factor`. */
export function between(min: number, max: number, what: string): OptionSchema {
  const allowed = `${what} from ${min} to ${max}`
  return v.pipe(v.number(allowed), v.finite(allowed), v.minValue(min, allowed), v.maxValue(max, allowed))
}

/** Takes one of the names given. */
export function oneOf(...names: readonly string[]): OptionSchema {
  return v.picklist(names, `one of ${names.map((name) => `'${name}'`).join(', ')}`)
}

/** Takes true or false. */
export function flag(): OptionSchema {
  return v.boolean('true or false')
}

/** Takes a text that is not empty; `what` is said in the error, such as `the path of a folder`. */
export function text(what: string): OptionSchema {
  return v.pipe(v.string(what), v.nonEmpty(what))
}

/** Takes a function; `shape` is how it is called, such as `(message) => string`. */
export function callback(shape: string): OptionSchema {
  return v.function(`a function ${shape}`)
}

/** Takes what either schema takes; `allowed` says both in one phrase. */
export function either(allowed: string, ...schemas: readonly OptionSchema[]): OptionSchema {
  return v.union(schemas, allowed)
}

/** Takes an object of options of its own, each of which may be left out. */
export function group(allowed: string, entries: Entries): OptionSchema {
  return v.strictObject(optional(entries), allowed)
}

/**
 * Checks options against a schema for each, and returns them as they came.
 * @throws {OptionError} for the first that is unknown or out of range: its name, what was given and what is allowed.
 */
export function checkOptions<O extends object>(who: string, entries: OptionEntries<O>, given: O): O {
  const result = v.safeParse(v.strictObject(optional(entries), 'an object of options'), given, {
    abortEarly: true,
  })
  if (result.success) return given
  throw complaint(who, entries, result.issues[0])
}

function complaint(who: string, entries: Entries, issue: v.BaseIssue<unknown>): OptionError {
  const path = v.getDotPath(issue) ?? ''
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const known = knownBeside(path, entries)
    const name = path.slice(path.lastIndexOf('.') + 1)
    const near = nearest(name, known)
    const hint = near === undefined ? '' : ` (did you mean ${near}?)`
    return new OptionError(path, `${who}: there is no option ${path}${hint}; allowed: ${known.join(', ')}`)
  }
  const option = path === '' ? 'options' : path
  return new OptionError(
    option,
    `${who}: ${option} was given ${shown(issue.input)}; allowed: ${issue.message}`,
  )
}

/** The names that are known where the unknown one stood: in the options, or in a group of them. */
function knownBeside(path: string, entries: Entries): readonly string[] {
  const parents = path.split('.').slice(0, -1)
  let known = entries
  for (const parent of parents) {
    const given: unknown = known[parent]
    // A group's own options are wrapped as optional; those at the top come as they are.
    const inner: unknown =
      given !== null && typeof given === 'object' && 'wrapped' in given ? given.wrapped : given
    if (inner !== null && typeof inner === 'object' && 'entries' in inner) known = inner.entries as Entries
  }
  return Object.keys(known)
}

function shown(value: unknown): string {
  // To import it would load all of node:util for what is seldom said.
  const { inspect } = process.getBuiltinModule('node:util')
  return inspect(value, { depth: 0, maxStringLength: 80, maxArrayLength: 5, breakLength: Infinity })
}

/** The known name that is the fewest edits away, when they are few enough to be a slip of the finger. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const scored = known.map((candidate) => ({
    candidate,
    edits: edits(name.toLowerCase(), candidate.toLowerCase()),
  }))
  const best = scored.reduce((a, b) => (b.edits < a.edits ? b : a), { candidate: '', edits: Infinity })
  return best.edits <= Math.max(2, Math.floor(name.length / 3)) ? best.candidate : undefined
}

function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

function optional(entries: Entries): Record<string, v.OptionalSchema<OptionSchema, undefined>> {
  return Object.fromEntries(Object.entries(entries).map(([name, schema]) => [name, v.optional(schema)]))
}
