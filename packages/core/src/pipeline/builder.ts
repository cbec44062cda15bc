/** The builder behind the grammar: one object for every state, which refuses at run time what the types refuse. */
import { OptionError } from '../errors.ts'
import type { Pattern } from '../link/link.ts'
import { assertName, nameOf, withStage } from './draft.ts'
import type { Draft, StageDraft, Tail } from './draft.ts'
import { isExternal } from './external.ts'
import type { External } from './external.ts'
import type { StageHandler } from './graph.ts'
import type { Handler, Route, Source } from './handler.ts'
import { isLetterBranch } from './letter-branch.ts'
import type { LetterBranch } from './letter-branch.ts'
import { checkExternalOptions, checkLinkOptions, checkStageOptions } from './settings.ts'
import type { LinkOptions } from './settings.ts'

/** Where the builder stands; what is allowed next follows from it. */
type State = 'start' | 'stage' | 'open' | 'link' | 'branched'

const allowedNext: Readonly<Record<State, readonly string[]>> = {
  start: ['source()'],
  stage: ['link()', 'stage()', 'sink()', 'branch()'],
  open: ['link()', 'stage()', 'sink()'],
  link: ['stage()', 'sink()'],
  branched: ['merge()'],
}

const behind: Readonly<Record<State, string>> = {
  start: 'comes before source(): a pipeline begins with its source',
  stage: 'cannot follow a stage',
  open: 'cannot follow the head of a branch or merge()',
  link: 'cannot follow link(): a link needs a stage or a sink behind it',
  branched: 'cannot follow branch(): its open branches have to be joined first',
}

const openEnd: Readonly<Record<State, (tails: string) => string>> = {
  start: () => 'it has no source',
  stage: (tails) => `there is nothing behind ${tails}`,
  open: (tails) => `there is nothing behind ${tails}`,
  link: (tails) => `the link behind ${tails} has nothing behind it`,
  branched: (tails) => `its branches end at ${tails} and are not joined`,
}

/** Throws an `OptionError` that says what is missing, if this is a pipeline that was begun and has no end. */
export function refuseUnfinished(value: unknown): void {
  if (typeof value === 'object' && value !== null && 'isUnfinished' in value) (value as Builder).refuse()
}

/** What is done with the draft when its last end is a sink: a pipeline is built, or the branch is left. */
type Finish = (draft: Draft) => unknown

/** A branch that ended in a sink. */
class FinishedBranch {
  readonly draft: Draft
  readonly token: object

  constructor(draft: Draft, token: object) {
    this.draft = draft
    this.token = token
  }
}

/** Adds one thing at a time and returns a new builder each time, so that a beginning may be shared. */
export class Builder {
  /** A name and no class, so that a builder of another copy of this module is known all the same. */
  readonly isUnfinished: true = true
  readonly #draft: Draft
  readonly #tails: readonly Tail[]
  readonly #state: State
  readonly #finish: Finish
  /** Belongs to one callback of `branch()`, which has to give back what it was given. */
  readonly #token: object

  constructor(draft: Draft, tails: readonly Tail[], state: State, finish: Finish, token: object = {}) {
    this.#draft = draft
    this.#tails = tails
    this.#state = state
    this.#finish = finish
    this.#token = token
  }

  /** Where a pipeline is expected, a builder is none yet. */
  get graph(): never {
    return this.refuse()
  }

  refuse(): never {
    const tails = this.#tails.map((tail) => `'${tail.from}'`).join(' and ')
    throw new OptionError(
      'pipeline',
      `${nameOf(this.#draft)} is not finished: ${openEnd[this.#state](tails)}; allowed next: ${allowedNext[this.#state].join(', ')}`,
    )
  }

  source(name: string, produce: Source | External<never>, options: object = {}): Builder {
    this.#allow('source()')
    if (isExternal(produce)) return this.#add('source', name, produce, options)
    this.#assertFunction(name, produce, 'a function that returns an iterable or async iterable of messages')
    return this.#add('source', name, { kind: 'source', produce }, options)
  }

  link(pattern: Pattern, options: LinkOptions = {}): Builder {
    this.#allow('link()')
    const from = this.#tails.map((tail) => tail.from).join(' and ')
    if (!isPattern(pattern)) {
      throw new OptionError(
        `links.${from}`,
        `${nameOf(this.#draft)}: the link behind '${from}' was given ${describeValue(pattern)}; allowed: a pattern, such as backpressure()`,
      )
    }
    checkLinkOptions(nameOf(this.#draft), this.#tails[0]?.from ?? '', options)
    const { endpoint } = options
    return this.#next(
      this.#draft,
      this.#tails.map((tail) => ({ ...tail, pattern, endpoint })),
      'link',
    )
  }

  stage(name: string, handler: Handler | External<never>, options: object = {}): Builder {
    this.#allow('stage()')
    if (isExternal(handler)) return this.#add('stage', name, handler, options)
    this.#assertFunction(name, handler, 'a function (message, context)')
    return this.#add('stage', name, { kind: 'function', call: handler, end: undefined }, options)
  }

  sink(name: string, handler: Handler | SinkObject | External<never>, options: object = {}): unknown {
    this.#allow('sink()')
    if (isExternal(handler)) return this.#finish(this.#add('sink', name, handler, options).#draft)
    const isObject = typeof handler === 'object' && handler !== null
    const call: unknown = isObject ? handler.take?.bind(handler) : handler
    this.#assertFunction(
      name,
      call,
      'a function (message, context), or an object with take(message, context)',
    )
    const end = isObject ? handler.end?.bind(handler) : undefined
    const added = this.#add('sink', name, { kind: 'function', call: call as Handler, end }, options)
    return this.#finish(added.#draft)
  }

  branch(branches: Record<string, (start: Builder) => unknown>, options: { route?: Route } = {}): unknown {
    this.#allow('branch()')
    const from = this.#tails[0]?.from ?? ''
    const who = `${nameOf(this.#draft)}: branch() behind '${from}'`
    checkBranches(who, from, branches, options)
    let draft: Draft = this.#draft
    if (options.route !== undefined)
      draft = { ...draft, routes: new Map([...draft.routes, [from, options.route]]) }
    const open: Tail[] = []
    for (const [name, build] of Object.entries(branches)) {
      const ended = this.#runBranch(draft, { ...outOf(from), branch: name }, build)
      draft = ended.draft
      open.push(...ended.tails)
    }
    return open.length === 0 ? this.#finish(draft) : this.#next(draft, open, 'branched')
  }

  merge(): Builder {
    this.#allow('merge()')
    return this.#next(this.#draft, this.#tails, 'open')
  }

  #runBranch(
    draft: Draft,
    tail: Tail,
    build: (start: Builder) => unknown,
  ): { draft: Draft; tails: readonly Tail[] } {
    const { from, branch: name } = tail
    const who = `${nameOf(draft)}: the branch '${name}' behind '${from}'`
    const token = {}
    const finish: Finish = (finished) => new FinishedBranch(finished, token)
    const ended = build(new Builder(draft, [tail], 'open', finish, token))
    if (ended instanceof FinishedBranch && ended.token === token) return { draft: ended.draft, tails: [] }
    if (!(ended instanceof Builder) || ended.#token !== token) {
      throw new OptionError(
        `stages.${from}`,
        `${who} gave back ${describeValue(ended)}; allowed: what the builder handed to it returned, as in (b) => b.stage('${name}', …)`,
      )
    }
    if (ended.#state === 'stage' || ended.#state === 'open')
      return { draft: ended.#draft, tails: ended.#tails }
    throw new OptionError(
      `stages.${from}`,
      `${who} ends in ${ended.#state === 'link' ? 'link(), with no stage behind it' : 'branch(), without merge()'}; allowed next: ${allowedNext[ended.#state].join(', ')}`,
    )
  }

  #add(kind: StageDraft['kind'], name: string, handler: StageHandler, options: object): Builder {
    const stage: StageDraft = { kind, name, handler, given: options }
    const draft = withStage(this.#draft, stage, this.#tails)
    const check = handler.kind === 'external' ? checkExternalOptions : checkStageOptions
    check(nameOf(draft), kind, name, options)
    const { deadLetter } = stage.given
    const whole = isLetterBranch(deadLetter) ? this.#withLetters(draft, name, deadLetter) : draft
    return this.#next(whole, [outOf(name)], 'stage')
  }

  #withLetters(draft: Draft, from: string, { build }: LetterBranch<unknown>): Draft {
    const tail = { ...outOf(from), branch: 'dead letters', letters: true }
    const ended = this.#runBranch(draft, tail, build as (start: Builder) => unknown)
    if (ended.tails.length === 0) return ended.draft
    throw new OptionError(
      `stages.${from}.deadLetter`,
      `${nameOf(draft)}: the branch for the dead letters of '${from}' does not end in a sink; allowed: deadLetterBranch((letters) => letters.sink('bin', …))`,
    )
  }

  #next(draft: Draft, tails: readonly Tail[], state: State): Builder {
    return new Builder(draft, tails, state, this.#finish, this.#token)
  }

  #allow(call: string): void {
    if (allowedNext[this.#state].includes(call)) return
    const place =
      this.#tails.length === 0 ? '' : ` (behind '${this.#tails.map((tail) => tail.from).join("', '")}')`
    throw new OptionError(
      'stages',
      `${nameOf(this.#draft)}: ${call} ${behind[this.#state]}${place}; allowed next: ${allowedNext[this.#state].join(', ')}`,
    )
  }

  #assertFunction(name: string, value: unknown, allowed: string): void {
    if (typeof value === 'function') return
    throw new OptionError(
      `stages.${name}.handler`,
      `${nameOf(this.#draft)}: the handler of '${name}' was given ${describeValue(value)}; allowed: ${allowed}`,
    )
  }
}

/** What leaves a stage by no branch and no link yet. */
function outOf(from: string): Tail {
  return { from, branch: undefined, pattern: undefined, endpoint: undefined, letters: false }
}

/** A sink that is an object, as JavaScript may hand it over. */
interface SinkObject {
  readonly take?: Handler
  readonly end?: () => void | Promise<void>
}

function checkBranches(who: string, from: string, branches: object, options: { route?: Route }): void {
  const path = `stages.${from}.branches`
  const isObject = typeof branches === 'object' && branches !== null
  if (!isObject || Object.keys(branches).length === 0) {
    throw new OptionError(
      path,
      `${who} was given ${describeValue(branches)}; allowed: an object of at least one branch, such as { odd: (b) => b.stage(…) }`,
    )
  }
  for (const [name, build] of Object.entries(branches)) {
    assertName(path, `${who}: a branch`, name)
    if (typeof build === 'function') continue
    throw new OptionError(
      `${path}.${name}`,
      `${who}: '${name}' was given ${describeValue(build)}; allowed: a function (b) => b.stage(…)`,
    )
  }
  if (options.route === undefined || typeof options.route === 'function') return
  throw new OptionError(
    `stages.${from}.route`,
    `${who}: route was given ${describeValue(options.route)}; allowed: a function (message) => branch name, list of names or undefined`,
  )
}

function isPattern(value: unknown): value is Pattern {
  if (typeof value !== 'object' || value === null) return false
  const { name, sender, receiver } = value as Partial<Pattern>
  return typeof name === 'string' && typeof sender === 'function' && typeof receiver === 'function'
}

function describeValue(value: unknown): string {
  if (value === null || typeof value !== 'object')
    return typeof value === 'function' ? 'a function' : String(value)
  return Array.isArray(value) ? 'an array' : `an object of ${value.constructor?.name ?? 'no class'}`
}
