/** A whole pipeline on this thread, over any transport: one host for each group, without a runner. */
import { defaultLimits, openHost, systemClock } from '@sluice/core'
import type { Graph, Host, HostReport, LinkPlace, LogLine, Pipeline, Ports } from '@sluice/core'
import type { Transport } from './transports.ts'

export interface Whole {
  readonly hosts: ReadonlyMap<string, Host>
  readonly lines: LogLine[]
  /** Resolves to every group's report when all are done. Rejects as the first that fails does, once all are closed. */
  readonly run: () => Promise<Record<string, HostReport>>
}

/** Opens the last group first, so that its receivers are bound when their senders connect. */
export async function openWhole(whole: Pipeline, ports: Ports, transport: Transport): Promise<Whole> {
  const { graph } = whole
  const hosts = new Map<string, Host>()
  const endpoints = new Map<string, readonly string[]>()
  const lines: LogLine[] = []
  const environment = {
    ports,
    clock: systemClock,
    limits: defaultLimits,
    log: (line: LogLine) => void lines.push(line),
  }
  for (const group of graph.groups.toReversed()) {
    const place = (bind: string[], connect: readonly string[]): LinkPlace => ({
      bind,
      connect,
      senders: 1,
      trusted: true,
    })
    const links = Object.fromEntries([
      ...group.inbound.map((link) => [link, place([transport.any()], [])]),
      ...group.outbound.map((link) => [link, place([], endpoints.get(link) ?? [])]),
    ]) as Record<string, LinkPlace>
    const host = openHost(graph, { group: group.name, replica: 0, links }, environment)
    host.done.catch(() => {})
    hosts.set(group.name, host)
    for (const [link, bound] of Object.entries(await host.ready)) endpoints.set(link, bound)
  }
  return { hosts, lines, run: () => runAll(graph, hosts) }
}

async function runAll(graph: Graph, hosts: ReadonlyMap<string, Host>): Promise<Record<string, HostReport>> {
  const all = [...hosts.values()]
  try {
    await Promise.all(all.map((host) => host.connected()))
    for (const host of all) host.start()
    for (const { name, fromGroup, toGroup } of graph.links) {
      const gone = (): void => hosts.get(toGroup)?.noMoreSenders(name)
      hosts.get(fromGroup)?.done.then(gone, () => {})
    }
    const reports = await Promise.all(all.map((host) => host.done))
    return Object.fromEntries(reports.map((report) => [report.group, report]))
  } catch (error) {
    await Promise.all(all.map((host) => host.close(error as Error)))
    throw error
  }
}
