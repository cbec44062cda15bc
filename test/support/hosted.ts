/** One group between two links that a test drives by hand. */
import { defaultLimits, openHost, pipeline } from '@sluice/core'
import type { Host, LogLine, Next, OpenEnd, Pipeline, Ports } from '@sluice/core'
import { HandClock } from './hand-clock.ts'
import { HandPattern } from './hand-link.ts'
import type { HandReceiver, HandSender } from './hand-link.ts'

export interface Hosted {
  readonly host: Host
  readonly clock: HandClock
  readonly lines: LogLine[]
  readonly input: HandReceiver
  readonly output: HandSender
}

const noPorts: Ports = {
  open: () => {
    throw new Error('this test has no ports')
  },
}

/** Opens the host of `group`, with every link at a place without endpoints. */
export function hostOf(
  whole: Pipeline,
  group: string,
  clock: HandClock = new HandClock(),
): { host: Host; clock: HandClock; lines: LogLine[] } {
  const lines: LogLine[] = []
  const place = { bind: [], connect: [], senders: undefined, trusted: true }
  const links = Object.fromEntries(whole.graph.links.map(({ name }) => [name, place]))
  const log = (line: LogLine): void => void lines.push(line)
  const host = openHost(
    whole.graph,
    { group, replica: 0, links },
    { ports: noPorts, clock, limits: defaultLimits, log },
  )
  host.done.catch(() => {})
  return { host, clock, lines }
}

/** A stage `work`, and what is fused to it, between the link `from:work` and a link to the sink `to`; started. */
export function hosted(
  middle: (start: Next<number, Pipeline>) => OpenEnd<unknown, Pipeline>,
  options: { inbound?: HandPattern; outbound?: HandPattern } = {},
): Hosted {
  const { inbound = new HandPattern(), outbound = new HandPattern() } = options
  const before = pipeline('hosted')
    .source('from', () => [0])
    .link(inbound)
  const whole = middle(before)
    .link(outbound)
    .sink('to', () => undefined)
  const opened = hostOf(whole, 'work')
  opened.host.start()
  const [input] = inbound.receivers
  const [output] = outbound.senders
  if (input === undefined || output === undefined) throw new Error('the stage has to be named work')
  return { ...opened, input, output }
}
