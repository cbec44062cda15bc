/** The patterns that a link between two stages can have. */
export { backpressure, Consumer, Producer } from './backpressure/index.ts'
export type {
  BackpressureOptions,
  ConsumeOptions,
  ConsumerOptions,
  ProduceOptions,
  ProducerOptions,
} from './backpressure/index.ts'
export { fireAndForget, Puller, Pusher } from './fire-and-forget/index.ts'
export type {
  FireAndForgetOptions,
  PullerOptions,
  PullOptions,
  PusherOptions,
  PushOptions,
  SendOptions,
} from './fire-and-forget/index.ts'
export { Replier, Requester, requestReply } from './request-reply/index.ts'
export type {
  ReplierOptions,
  ReplySettings,
  RequestContext,
  RequesterOptions,
  RequesterSettings,
  RequesterStats,
  RequestHandler,
  RequestOptions,
  RequestReplyOptions,
  RequestSettings,
} from './request-reply/index.ts'
