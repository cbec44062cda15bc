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
