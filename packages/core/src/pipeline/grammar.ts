/** What may follow what: the builder's types show only the calls that are allowed next. */
import type { Message } from '../envelope/with-headers.ts'
import type { Pattern } from '../link/link.ts'
import type { Emitted } from './emitted.ts'
import type { External } from './external.ts'
import type { BatchContext, Sink, Source, StageContext } from './handler.ts'
import type {
  BatchStageOptions,
  ExternalSourceOptions,
  ExternalStageOptions,
  LinkOptions,
  SourceOptions,
  StageOptions,
} from './settings.ts'

/** Carries the message type of an open end; it exists for the compiler only. */
declare const emits: unique symbol
declare const finished: unique symbol

/** An end that messages leave no more: what a branch gives back when it ends in a sink. */
export interface Finished {
  readonly [finished]: true
}

/** A pipeline with nothing in it yet. */
export interface PipelineStart<End> {
  /** Begins with a program, which is started with the run and told to begin when what is behind it is there. */
  source<Out>(
    name: string,
    program: External<never, Out>,
    options?: ExternalSourceOptions,
  ): AfterProgram<Out, End>
  /** Begins with `produce`, which is called when the run starts and pulled no faster than its link takes. */
  source<Out>(name: string, produce: Source<Out>, options?: SourceOptions): AfterStage<Message<Out>, End>
}

/** Behind a link: a stage or a sink has to follow; only here may a program do its work, as one cannot be fused. */
export type AfterLink<In, End> = NextProgram<In, End> & Next<In, End>

/** A stage or a sink may follow whose work a program does. */
export interface NextProgram<In, End> {
  /** Adds a stage whose work a program does, in a process of its own. */
  stage<Out>(name: string, program: External<In, Out>, options?: ExternalStageOptions): AfterProgram<Out, End>
  /** Ends here with a program; what it gives is thrown away. */
  sink(name: string, program: External<In>, options?: ExternalStageOptions): End
}

/** A stage or a sink of this program's may follow. */
export interface Next<In, End> {
  /** Adds a stage whose handler takes arrays of messages; an array that it returns is one message. */
  stage<R>(
    name: string,
    handler: (messages: In[], context: BatchContext) => R,
    options: BatchStageOptions<In>,
  ): AfterStage<Emitted<R>, End>
  /** Adds a stage: one message out, none (`undefined`), or many (a generator, an async iterable). */
  stage<R>(
    name: string,
    handler: (message: In, context: StageContext) => R,
    options?: StageOptions<In>,
  ): AfterStage<Emitted<R>, End>
  /** Ends here with a handler that takes arrays of messages. */
  sink(
    name: string,
    handler: ((messages: In[], context: BatchContext) => unknown) | BatchSink<In>,
    options: BatchStageOptions<In>,
  ): End
  /** Ends here; what the handler returns is awaited and thrown away. */
  sink(
    name: string,
    handler: ((message: In, context: StageContext) => unknown) | Sink<In>,
    options?: StageOptions<In>,
  ): End
}

/** A sink that takes arrays of messages. */
export interface BatchSink<In> {
  take(messages: In[], context: BatchContext): unknown
  end?(): void | Promise<void>
}

/** Where a link may follow. */
export interface LinkEnd<Out, End> {
  readonly [emits]: Out
  /** Joins what is before to the stage that follows. Without a link the two are fused: plain calls. */
  link(pattern: Pattern, options?: LinkOptions): AfterLink<Out, End>
}

/** At the head of a branch or behind `merge()`: a link, or a fused neighbour. */
export interface OpenEnd<Out, End> extends LinkEnd<Out, End>, Next<Out, End> {}

/** Behind a stage or a source. */
export interface AfterStage<Out, End> extends OpenEnd<Out, End>, Fork<Out, End> {}

/** Behind a program: only a link can follow, as nothing can be fused to it. */
export interface AfterProgram<Out, End> extends LinkEnd<Out, End>, Fork<Out, End> {}

/** Where branches may follow. */
export interface Fork<Out, End> {
  /**
   * Fans out to named branches: every message to every branch, or to those that `route` names.
   * Branches that do not end in a sink are joined by `merge()`.
   */
  branch<B extends Branches<Out>>(
    branches: B,
    options?: BranchOptions<Out, keyof B & string>,
  ): AfterBranch<B, End>
}

/** Branches by name: each is built from its start, up to an open end or a sink. */
export type Branches<Out> = Readonly<
  Record<string, (start: OpenEnd<Out, Finished>) => LinkEnd<unknown, Finished> | Finished>
>

/** How messages are spread over branches. */
export interface BranchOptions<Out, Name extends string> {
  /** Names the branch or the branches that a message takes; `undefined` or an empty list filters it. */
  readonly route?: (message: Out) => Name | readonly Name[] | undefined
}

/** Behind the branches: `merge()` while one of them is open, and nothing more when all ended in sinks. */
export type AfterBranch<B extends Branches<never>, End> = [OpenBranches<B>] extends [never]
  ? End
  : { merge(): OpenEnd<MessagesOf<OpenBranches<B>>, End> }

type OpenBranches<B extends Branches<never>> = Extract<ReturnType<B[keyof B]>, { readonly [emits]: unknown }>
type MessagesOf<O> = O extends { readonly [emits]: infer Out } ? Out : never
