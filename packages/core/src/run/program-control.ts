/** What a run and a program say to each other on standard input and output. Pure. Source: STG-2 to STG-4. */
import type { HostReport, HostSpec } from '../stage/host.ts'
import type { ErrorForm, FromReplica, ToReplica } from './messages.ts'
import { programReport } from './program-report.ts'

/** Begins a report; it may stand behind output that has no line break yet, and goes on behind the report. */
const recordMark = '\x1e'

/** What a line of standard output holds. */
export interface OutputLine {
  /** Output; where a report stands behind it, its line goes on with the next. */
  readonly text: string
  /** The report that ends the line, as it was written; undefined: none. */
  readonly record: string | undefined
}

/** Tells a report from the output on the same line: JSON never holds the mark, output may. */
export function splitRecord(line: string): OutputLine {
  const at = line.lastIndexOf(recordMark)
  if (at === -1) return { text: line, record: undefined }
  return { text: line.slice(0, at), record: line.slice(at + 1) }
}

/** Writes what a run says to a replica as a command; undefined for what a program is not told. */
export function commandLine(message: ToReplica): string | undefined {
  switch (message.type) {
    case 'start':
    case 'drain':
    case 'leave':
    case 'close':
      return `${JSON.stringify({ command: message.type })}\n`
    case 'noMoreSenders':
      return `${JSON.stringify({ command: message.type, link: message.link })}\n`
    case 'open':
    case 'connected':
    case 'allow':
    case 'exit':
      return undefined
  }
}

/** Reads a report. `unknown` for one of a kind that a later program may send; `damaged` for what is no report at all. */
export function readRecord(record: string, spec: HostSpec): FromReplica | 'unknown' | 'damaged' {
  let said: unknown
  try {
    said = JSON.parse(record)
  } catch {
    return 'damaged'
  }
  if (!isObject(said) || typeof said['report'] !== 'string') return 'damaged'
  const report: HostReport | undefined = programReport(said['stats'], spec)
  switch (said['report']) {
    case 'ready':
      return ready(said['endpoints'], spec)
    case 'connected':
      return { type: 'connected' }
    case 'stats':
      return report === undefined ? 'damaged' : { type: 'report', report }
    case 'done':
      return { type: 'done', report: report ?? programReport({}, spec) ?? noReport(spec) }
    case 'failed':
      return { type: 'failed', error: errorFormOf(said['error'], spec), report }
    default:
      return 'unknown'
  }
}

/** Where it was to bind, it has to say what it has bound. */
function ready(endpoints: unknown, { links }: HostSpec): FromReplica | 'damaged' {
  if (!isObject(endpoints)) return 'damaged'
  const bound: Record<string, readonly string[]> = {}
  for (const [name, { bind }] of Object.entries(links)) {
    const own = endpoints[name] ?? []
    if (!isTexts(own) || own.length < bind.length) return 'damaged'
    bound[name] = own
  }
  return { type: 'ready', endpoints: bound }
}

function errorFormOf(error: unknown, { group, replica }: HostSpec): ErrorForm {
  const { code, message } = isObject(error) ? error : {}
  const named = typeof code === 'string' ? code : 'ERR_SLUICE_REMOTE'
  const words = typeof message === 'string' ? message : 'it did not say why'
  return {
    name: 'RemoteError',
    message: `${group}/${replica} failed: ${named}: ${words}`,
    stack: undefined,
    code: named,
    option: undefined,
    endpoint: undefined,
    errno: undefined,
    cause: undefined,
  }
}

function noReport({ group, replica }: HostSpec): HostReport {
  return { group, replica, stages: {}, links: {} }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string')
}
