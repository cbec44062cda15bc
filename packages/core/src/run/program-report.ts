/** The counts of a program, put into the form of a host's: what is missing or no count becomes 0. Pure. Source: STG-3. */
import type { LinkStats, ReceiverStats } from '../link/link.ts'
import type { HostReport, HostSpec, LinkReport, StageStats } from '../stage/host.ts'
import { noStage } from './report.ts'

/** A sender that has sent nothing yet. */
export const noSender: LinkStats = {
  accepted: 0,
  delivered: 0,
  dropped: 0,
  droppedBy: {},
  deadLettered: 0,
  failed: 0,
  undelivered: 0,
  redelivered: 0,
  pending: 0,
  inFlight: 0,
  peers: 0,
  refused: 0,
  waits: 0,
  waitedMs: 0,
}

/** A receiver that has taken nothing yet. */
export const noReceiver: ReceiverStats = {
  received: 0,
  delivered: 0,
  deadLettered: 0,
  failed: 0,
  dropped: 0,
  held: 0,
  redelivered: 0,
  peers: 0,
  refused: 0,
}

/** Makes a report of what a program said: its own stage, and its own links by the side that it has; undefined for no object. */
export function programReport(said: unknown, { group, replica, links }: HostSpec): HostReport | undefined {
  if (!isObject(said)) return undefined
  const stage: StageStats = counts(noStage, member(member(said, 'stages'), group))
  const reports: Record<string, LinkReport> = {}
  for (const name of Object.keys(links)) {
    const { sender, receiver } = member(member(said, 'links'), name)
    reports[name] = {
      ...(isObject(sender) ? { sender: senderStats(sender) } : {}),
      ...(isObject(receiver) ? { receiver: { ...counts(noReceiver, receiver), ...refusals(receiver) } } : {}),
    }
  }
  return { group, replica, stages: { [group]: stage }, links: reports }
}

function senderStats(said: Record<string, unknown>): LinkStats {
  return { ...counts(noSender, said), droppedBy: reasons(said, 'droppedBy'), ...refusals(said) }
}

function refusals(said: Record<string, unknown>): { readonly refusedBy?: Readonly<Record<string, number>> } {
  return Object.hasOwn(said, 'refusedBy') ? { refusedBy: reasons(said, 'refusedBy') } : {}
}

function reasons(said: Record<string, unknown>, name: string): Readonly<Record<string, number>> {
  const counted = Object.entries(member(said, name)).filter(([, count]) => isCount(count))
  return Object.fromEntries(counted) as Record<string, number>
}

/** Takes the counts that `none` has, and no others. */
function counts<T extends object>(none: T, said: Record<string, unknown>): T {
  const known = Object.keys(none).filter((name) => isCount(said[name]))
  return { ...none, ...Object.fromEntries(known.map((name) => [name, said[name]])) }
}

function member(of: Record<string, unknown>, name: string): Record<string, unknown> {
  const value = Object.hasOwn(of, name) ? of[name] : undefined
  return isObject(value) ? value : {}
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
