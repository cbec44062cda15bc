/** What users and patterns take from Sluice's core. */
export type { Bridge, BridgeSpec } from './channel/bridge.ts'
export { ChannelHub } from './channel/channel-hub.ts'
export { systemClock } from './clock.ts'
export type { Clock, Timer } from './clock.ts'
export { decode, decodeSequence, decodeStrict, encode } from './codec/codec.ts'
export type { DecodeOptions } from './codec/codec.ts'
export { Encoder } from './codec/encoder.ts'
export { putInt64, putUint16, uint16, uint32 } from './codec/octets.ts'
export { PayloadReader } from './codec/payload-reader.ts'
export { PackedBatch, PackedBatchBuilder, payloadOf, ReceivedBatch } from './codec/packed-batch.ts'
export { Context, openBridge, systemPorts } from './context.ts'
export type { ContextOptions } from './context.ts'
export { argsFrame, argsOf, commandFrame, commandOf } from './envelope/envelope.ts'
export { decodeHeaders, encodeHeaders } from './envelope/headers.ts'
export {
  ClosedError,
  DeadlineError,
  DecodeError,
  EncodeError,
  FullError,
  LinkError,
  OptionError,
  OutboxError,
  ProtocolError,
  RemoteError,
  SluiceError,
  StateError,
  TimeoutError,
} from './errors.ts'
export type { LinkErrorOptions, OutboxRefusal, SluiceErrorOptions, UndeliveredOptions } from './errors.ts'
export { AutoWindow, firstMark } from './flow/auto-window.ts'
export type { AutoWindowOptions } from './flow/auto-window.ts'
export { RangeSet } from './flow/ranges.ts'
export type { Range } from './flow/ranges.ts'
export { ReceiverWindow } from './flow/receiver-window.ts'
export type { Finished, Rejection } from './flow/receiver-window.ts'
export { SenderWindow } from './flow/sender-window.ts'
export { WindowPool } from './flow/window-pool.ts'
export { LinkLedger } from './flow/link-ledger.ts'
export type { LinkPosition } from './flow/link-ledger.ts'
export { nothingEnded } from './flow/nothing-ended.ts'
export { abortable } from './lifecycle/abortable.ts'
export { deadline } from './lifecycle/deadline.ts'
export type { Deadline } from './lifecycle/deadline.ts'
export { Gate } from './lifecycle/gate.ts'
export { Lifecycle } from './lifecycle/lifecycle.ts'
export type { LifecycleState } from './lifecycle/lifecycle.ts'
export { defaultLimits } from './limits.ts'
export type { Limits } from './limits.ts'
export type {
  Delivery,
  Headers,
  LinkReceiver,
  LinkSender,
  LinkStats,
  Outcome,
  OutboxStats,
  Pattern,
  Promises,
  ReceiverStats,
  Site,
  Ticket,
  WaitOptions,
} from './link/link.ts'
export { MessageStream } from './link/message-stream.ts'
export type { OnLeave, Received } from './link/message-stream.ts'
export {
  between,
  callback,
  checkOptions,
  either,
  flag,
  group,
  milliseconds,
  oneOf,
  text,
  wholeNumber,
} from './option-check.ts'
export type { OptionEntries, OptionSchema } from './option-check.ts'
export {
  checkReceiverOptions,
  checkSenderOptions,
  receiverOptionsAt,
  senderOptionsAt,
  siteOf,
} from './options.ts'
export type { ReceiverOptions, SenderOptions } from './options.ts'
export { completeOutbox, outboxAt, outboxEntry } from './outbox/options.ts'
export type { CompleteOutbox, OutboxOptions, OutboxSync } from './outbox/options.ts'
export { Outbox } from './outbox/outbox.ts'
export type { OutboxTarget } from './outbox/outbox.ts'
export { ValueBatch, ValueBatchBuilder } from './port/batch.ts'
export type { Batch, BatchBuilder } from './port/batch.ts'
export { compactPayloadBytes, takesCompact } from './port/compact.ts'
export type { FrameEvents, Frames, FrameSocket } from './port/frame-socket.ts'
export { Gather } from './port/gather.ts'
export { fitting, MessageBuilder, sliceLetter } from './port/message-builder.ts'
export type { Letter } from './port/message-builder.ts'
export { Refusals } from './port/refusals.ts'
export { WirePort } from './port/wire-port.ts'
export type { WireSpec } from './port/wire-port.ts'
export type { Peer, Port, PortEvents, Ports, PortShape, PortSpec, Wire } from './port/port.ts'
export { deadLetterBranch } from './pipeline/dead-letter-branch.ts'
export { LetterBranch } from './pipeline/letter-branch.ts'
export { WithHeaders, withHeaders } from './envelope/with-headers.ts'
export type { Message } from './envelope/with-headers.ts'
export type { Emitted } from './pipeline/emitted.ts'
export { external } from './pipeline/external.ts'
export type { External, ExternalOptions } from './pipeline/external.ts'
export { groupOf, linkOf, stageOf } from './pipeline/find.ts'
export type {
  AfterBranch,
  AfterLink,
  AfterProgram,
  AfterStage,
  BatchSink,
  Fork,
  LinkEnd,
  Next,
  NextProgram,
  OpenEnd,
  PipelineStart,
} from './pipeline/grammar.ts'
export type {
  AckMode,
  Backoff,
  BatchSettings,
  ErrorMode,
  FunctionHandler,
  Graph,
  GroupNode,
  LinkNode,
  Outlet,
  Placement,
  SourceHandler,
  StageHandler,
  StageNode,
  StageSettings,
} from './pipeline/graph.ts'
export type {
  BatchContext,
  Handler,
  Logger,
  LogLevel,
  LogLine,
  Route,
  Sink,
  Source,
  SourceContext,
  StageContext,
} from './pipeline/handler.ts'
export { isPipeline, pipeline } from './pipeline/pipeline.ts'
export type { Pipeline } from './pipeline/pipeline.ts'
export type {
  BatchOptions,
  BatchStageOptions,
  ExternalSourceOptions,
  ExternalStageOptions,
  LinkOptions,
  PipelineOptions,
  PlacedOptions,
  SourceOptions,
  StageOptions,
} from './pipeline/settings.ts'
export { endpointFlags, endpointVariable } from './run/endpoints.ts'
export type { EndpointsOption } from './run/endpoints.ts'
export { ReplicaError } from './run/handle.ts'
export type { ReplicaErrorOptions } from './run/handle.ts'
export { onInterrupt } from './run/interrupt.ts'
export type { Interrupts } from './run/interrupt.ts'
export { loadPipeline } from './run/load.ts'
export type { LoadOptions } from './run/load.ts'
export { formatLine } from './run/log.ts'
export type { RunOptions } from './run/options.ts'
export type { PlacementOption } from './run/plan.ts'
export { programCommands } from './run/program-by-hand.ts'
export type { ProgramCommandsOptions } from './run/program-by-hand.ts'
export type { RunLedger, RunProgress, RunReport, RunState, StageReport } from './run/report.ts'
export { retryDeadLetters } from './run/retry.ts'
export { run, runStage } from './run/run.ts'
export { defaultRestarts } from './run/supervise.ts'
export type { RestartRules } from './run/supervise.ts'
export type {
  Host,
  HostEnvironment,
  HostReport,
  HostSpec,
  LinkPlace,
  LinkReport,
  StageStats,
} from './stage/host.ts'
export { recordOf } from './dead-letters/dead-letter.ts'
export type { DeadLetter, DeadLetterRecord, DeadLetterSink } from './dead-letters/dead-letter.ts'
export { deadLetterFile, messageOf, readDeadLetters } from './dead-letters/file.ts'
export type { DeadLetterFile, DeadLetterFileOptions, StoredDeadLetter } from './dead-letters/file.ts'
export { appended } from './queue/appended.ts'
export { Deque } from './queue/deque.ts'
export { OverflowQueue } from './queue/overflow-queue.ts'
export type { Offered, Overflow } from './queue/overflow-queue.ts'
export { AllowList } from './security/allow-list.ts'
export type { Allowance } from './security/allow-list.ts'
export { CurveKeys } from './security/curve-keys.ts'
export { securityFromEnvironment } from './security/environment.ts'
export type { Guard } from './security/guard.ts'
export { writeKeyFiles } from './security/key-file.ts'
export type { KeyFiles } from './security/key-file.ts'
export type { GuardOptions } from './security/option.ts'
export { Security } from './security/security.ts'
export type { PerEndpoint, RevealedSecurity, SecurityOptions } from './security/security.ts'
export { openHost } from './stage/open-host.ts'
export type { OpenHost } from './stage/open-host.ts'
export { privateDirectory } from './zeromq/ipc-path.ts'
export type { PrivateDirectory } from './zeromq/ipc-path.ts'
