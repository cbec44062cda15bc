/** Fire-and-forget: PUSH → PULL, at most once, never waiting. */
export { fireAndForget } from './pattern.ts'
export type { FireAndForgetOptions } from './pattern.ts'
export { Puller } from './puller.ts'
export type { PullerOptions, PullOptions } from './puller.ts'
export type { PusherOptions, PushOptions, SendOptions } from './push-options.ts'
export { Pusher } from './pusher.ts'
