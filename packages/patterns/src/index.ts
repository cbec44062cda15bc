/** The patterns that a link between two stages can have. */
export { fireAndForget, Puller, Pusher } from './fire-and-forget/index.ts'
export type {
  FireAndForgetOptions,
  PullerOptions,
  PullOptions,
  PusherOptions,
  PushOptions,
  SendOptions,
} from './fire-and-forget/index.ts'
