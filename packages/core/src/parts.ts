/**
 * What patterns are made of, and nothing else: a program that only sends or receives has no use for pipelines and their runs, and
 * V8 goes through all that is loaded whenever large messages have filled its memory. The types are those of the index.
 */
export { decode, decodeSequence, encode } from './codec/codec.ts'
export { Encoder } from './codec/encoder.ts'
export { putInt64, putUint16, uint16, uint32 } from './codec/octets.ts'
export { PayloadReader } from './codec/payload-reader.ts'
export { payloadOf, ReceivedBatch } from './codec/packed-batch.ts'
export { argsOf, commandFrame, commandOf } from './envelope/envelope.ts'
export { decodeHeaders } from './envelope/headers.ts'
export {
  ClosedError,
  DecodeError,
  FullError,
  LinkError,
  OptionError,
  ProtocolError,
  RemoteError,
  SluiceError,
  StateError,
  TimeoutError,
} from './errors.ts'
export { AutoWindow, firstMark } from './flow/auto-window.ts'
export { ReceiverWindow } from './flow/receiver-window.ts'
export { SenderWindow } from './flow/sender-window.ts'
export { WindowPool } from './flow/window-pool.ts'
export { LinkLedger } from './flow/link-ledger.ts'
export { nothingEnded } from './flow/nothing-ended.ts'
export { abortable } from './lifecycle/abortable.ts'
export { deadline } from './lifecycle/deadline.ts'
export { Gate } from './lifecycle/gate.ts'
export { Lifecycle } from './lifecycle/lifecycle.ts'
export { MessageStream } from './link/message-stream.ts'
export {
  between,
  callback,
  checkOptions,
  either,
  flag,
  group,
  milliseconds,
  oneOf,
  wholeNumber,
} from './option-check.ts'
export {
  checkReceiverOptions,
  checkSenderOptions,
  receiverOptionsAt,
  senderOptionsAt,
  siteOf,
} from './options.ts'
export { completeOutbox, outboxAt, outboxEntry } from './outbox/options.ts'
export { Outbox } from './outbox/outbox.ts'
export { compactPayloadBytes, takesCompact } from './port/compact.ts'
export { Gather } from './port/gather.ts'
export { fitting, MessageBuilder, sliceLetter } from './port/message-builder.ts'
export { appended } from './queue/appended.ts'
export { Deque } from './queue/deque.ts'
export { OverflowQueue } from './queue/overflow-queue.ts'
