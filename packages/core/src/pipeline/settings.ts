/** The options of sources, stages and links: what a user may give, and how it is checked and completed. */
import * as v from 'valibot'
import { OptionError } from '../errors.ts'
import {
  callback,
  checkOptions,
  either,
  group,
  milliseconds,
  oneOf,
  wholeNumber,
  flag,
} from '../option-check.ts'
import type { OptionEntries, OptionSchema } from '../option-check.ts'
import type { DeadLetter, DeadLetterSink } from '../dead-letters/dead-letter.ts'
import { deadLetterFile } from '../dead-letters/file.ts'
import type { AckMode, Backoff, ErrorMode, Placement, StageSettings } from './graph.ts'
import { isLetterBranch } from './letter-branch.ts'
import type { LetterBranch } from './letter-branch.ts'

/** What each kind of stage can be told. */
export interface PlacedOptions {
  /** Where it runs. Default: where the run says, else `inline`. */
  readonly on?: Placement
  /** Copies of the source, each of which produces all that it produces; `context.replica` tells them apart. Default 1. */
  readonly replicas?: number
}

/** What `source()` can be told; all of it may be left out. */
export interface SourceOptions extends PlacedOptions {
  /**
   * Gives each message a deadline, this many milliseconds from when the source gave it: it travels with the message and what comes
   * of it, and work on it ends there, counted as failed (`expired`). Default: none. Not for messages that have one of their own.
   */
  readonly deadlineMs?: number
}

/** What `stage()` and `sink()` can be told; all of it may be left out. */
export interface StageOptions<In = unknown> extends PlacedOptions {
  /** Most calls of the handler at once, in each replica. Default 1. */
  readonly concurrency?: number
  /**
   * Whether what is emitted keeps the order of what came in while several calls are at work. Default true.
   * A message that is tried again lets those behind it pass, except those of its key.
   */
  readonly ordered?: boolean
  /** Most calls of the handler for one message. Default 1. */
  readonly attempts?: number
  /** Pauses between attempts. Default 100 ms, doubling to 10 000 ms, less up to a fifth by chance. */
  readonly backoff?: Partial<Backoff>
  /**
   * Where a message goes that has failed for good: the path of a file of JSON lines, a function or a sink, or a branch of
   * the pipeline (`deadLetterBranch`). Default: nowhere, it is counted as failed.
   */
  readonly deadLetter?: DeadLetterOption<In>
  /** Whether the run goes on when a message has failed for good. Default `continue`. */
  readonly onError?: ErrorMode
  /** Most milliseconds that the handler may take for one attempt; its signal aborts then. Default: no bound. */
  readonly timeoutMs?: number
  /** When an inbound message is acked: when all that it led to is acked, or once it is handled. Default `finished`. */
  readonly ack?: AckMode
}

/** Each way to keep dead letters. */
export type DeadLetterOption<In> =
  string | ((letter: DeadLetter<In>) => void | Promise<void>) | DeadLetterSink<In> | LetterBranch<In>

/** The options of a stage or sink whose handler takes arrays of messages. */
export interface BatchStageOptions<In = unknown> extends StageOptions<In> {
  readonly batch: BatchOptions
}

/** When a batch is handled: when it is full, when its time has come, and at the end. */
export interface BatchOptions {
  /** Most messages in one call of the handler; no more than the links right in front of it let be outstanding. */
  readonly size: number
  /** Milliseconds after the first message at which an unfilled batch is handled all the same. Default 100. */
  readonly withinMs?: number
}

/** What `source()` can be told where a program does its work. */
export interface ExternalSourceOptions {
  /** A program is a process of its own, wherever the run puts other stages. */
  readonly on?: 'process'
  /** Copies of the program. Default 1. */
  readonly replicas?: number
}

/** What `stage()` and `sink()` can be told where a program does their work; what it does with a message is its own affair. */
export interface ExternalStageOptions extends ExternalSourceOptions {
  /** Most messages that the program works on at once, in each replica; beyond one their order is not kept. Default 1. */
  readonly concurrency?: number
}

/** What `link()` can be told. */
export interface LinkOptions {
  /** Where the link's receivers bind, such as `tcp://0.0.0.0:5555`, unless the run says otherwise. */
  readonly endpoint?: string
}

/** What `pipeline()` can be told. */
export interface PipelineOptions {
  /** URL or path of the module that exports the pipeline. Default: the module that calls `pipeline()`. */
  readonly module?: string | URL
}

const placedEntries: OptionEntries<PlacedOptions> = {
  on: oneOf('inline', 'thread', 'process'),
  replicas: wholeNumber(1, 1_024, 'replicas'),
}

const sourceEntries: OptionEntries<SourceOptions> = { ...placedEntries, deadlineMs: milliseconds(1) }

const backoffEntries: OptionEntries<Partial<Backoff>> = {
  initialMs: milliseconds(),
  factor: v.pipe(
    v.number('a factor from 1 to 100'),
    v.minValue(1, 'a factor from 1 to 100'),
    v.maxValue(100, 'a factor from 1 to 100'),
  ),
  maxMs: milliseconds(),
  jitter: v.pipe(
    v.number('a share from 0 to 1'),
    v.minValue(0, 'a share from 0 to 1'),
    v.maxValue(1, 'a share from 0 to 1'),
  ),
}

/** `size` has no default, so that a batch without it is refused. */
const batchSchema: OptionSchema = v.strictObject(
  { size: wholeNumber(1, 1_000_000, 'messages'), withinMs: v.optional(milliseconds()) },
  'an object { size, withinMs? }',
)

const stageEntries: OptionEntries<Partial<BatchStageOptions>> = {
  ...placedEntries,
  concurrency: wholeNumber(1, 100_000, 'messages'),
  ordered: flag(),
  attempts: wholeNumber(1, 1_000, 'attempts'),
  backoff: group('an object { initialMs, factor, maxMs, jitter }', backoffEntries),
  deadLetter: either(
    'a path, a function (letter) => void, an object with take(letter), or deadLetterBranch(…)',
    v.pipe(v.string(), v.minLength(1)),
    callback('(letter) => void'),
    v.custom(isLetterBranch),
    v.custom(
      (value) =>
        typeof value === 'object' && value !== null && 'take' in value && typeof value.take === 'function',
    ),
  ),
  onError: oneOf('continue', 'stop'),
  timeoutMs: milliseconds(1),
  ack: oneOf('finished', 'handled'),
  batch: batchSchema,
}

const externalSourceEntries: OptionEntries<ExternalSourceOptions> = {
  ...placedEntries,
  on: oneOf('process'),
}

const externalStageEntries: OptionEntries<ExternalStageOptions> = {
  ...externalSourceEntries,
  concurrency: wholeNumber(1, 100_000, 'messages'),
}

const linkEntries: OptionEntries<LinkOptions> = {
  endpoint: v.pipe(
    v.string("an endpoint such as 'tcp://0.0.0.0:5555'"),
    v.regex(/^[a-z][a-z0-9+.-]*:\/\/\S+$/, "an endpoint such as 'tcp://0.0.0.0:5555'"),
  ),
}

/** What a user gave for one stage of any kind, before it is completed. */
export type GivenOptions = Partial<BatchStageOptions<never>> & SourceOptions

/** Checks the options of a source, a stage or a sink; the error's path is such as `stages.dryer.replicas`. */
export function checkStageOptions(
  who: string,
  kind: 'source' | 'stage' | 'sink',
  name: string,
  given: object,
): void {
  checkStage(who, name, given, kind === 'source' ? sourceEntries : stageEntries)
}

/** Checks the options of a stage whose work a program does: most of what a handler here can be told it cannot. */
export function checkExternalOptions(
  who: string,
  kind: 'source' | 'stage' | 'sink',
  name: string,
  given: object,
): void {
  const [known, taken] =
    kind === 'source' ? [sourceEntries, externalSourceEntries] : [stageEntries, externalStageEntries]
  const strange = Object.keys(given).find((option) => option in known && !(option in taken))
  if (strange !== undefined) {
    throw new OptionError(
      `stages.${name}.${strange}`,
      `${who}: stages.${name}.${strange} was given, but the work of '${name}' is done by a program, which cannot be told so; allowed: ${Object.keys(taken).join(', ')}`,
    )
  }
  checkStage(who, name, given, taken)
}

function checkStage(
  who: string,
  name: string,
  given: object,
  entries: Readonly<Record<string, OptionSchema>>,
): void {
  const stage = { [name]: group('an object of options', entries) }
  checkOptions<Partial<Record<'stages', object>>>(
    who,
    { stages: group('stages', stage) },
    { stages: { [name]: given } },
  )
}

/** Checks the options of the link that leaves the stage `from`. */
export function checkLinkOptions(who: string, from: string, given: object): void {
  const link = { [from]: group('an object of options', linkEntries) }
  checkOptions<Partial<Record<'links', object>>>(
    who,
    { links: group('links', link) },
    { links: { [from]: given } },
  )
}

/** Completes the checked options of a stage whose work a program does. */
export function completeExternalSettings(given: GivenOptions): StageSettings {
  const settings = completeSettings({ ...given, on: 'process' }, undefined)
  return Object.freeze({ ...settings, ordered: settings.concurrency === 1 })
}

/** Completes checked options; `first` is what holds for the group when the stage is fused to one before it. */
export function completeSettings(given: GivenOptions, first: StageSettings | undefined): StageSettings {
  return Object.freeze({
    on: first === undefined ? given.on : first.on,
    replicas: first?.replicas ?? given.replicas ?? 1,
    concurrency: given.concurrency ?? 1,
    ordered: given.ordered ?? true,
    attempts: given.attempts ?? 1,
    backoff: completeBackoff(given.backoff ?? {}),
    timeoutMs: given.timeoutMs,
    deadlineMs: given.deadlineMs,
    deadLetter: sinkOf(given.deadLetter),
    onError: given.onError ?? 'continue',
    ack: first?.ack ?? given.ack ?? 'finished',
    batch: given.batch && Object.freeze({ size: given.batch.size, withinMs: given.batch.withinMs ?? 100 }),
  })
}

/** A branch is no sink: the builder has made it part of the graph. */
function sinkOf(given: DeadLetterOption<never> | undefined): DeadLetterSink | undefined {
  if (given === undefined || isLetterBranch(given)) return undefined
  if (typeof given === 'string') return deadLetterFile(given)
  return typeof given === 'function' ? { take: given } : given
}

function completeBackoff(given: Partial<Backoff>): Backoff {
  const { initialMs = 100, factor = 2, maxMs = 10_000, jitter = 0.2 } = given
  return Object.freeze({ initialMs, factor, maxMs, jitter })
}
