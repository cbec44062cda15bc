/** What a run did, in words and numbers, for the end of it. */
import type { RunReport } from '@sluice/core'
import { rowsOf } from './rows.ts'
import { table } from './table.ts'

/** The table of all stages and links, and the ledger as a sum that a reader can check. */
export function summary(report: RunReport): string {
  const { pipeline, ledger, stages, links, elapsedMs } = report
  const { accepted, delivered, dropped, deadLettered, failed, undelivered } = ledger
  const sum = [
    `${delivered} delivered`,
    dropped > 0 && `${dropped} dropped`,
    deadLettered > 0 && `${deadLettered} dead letters`,
    failed > 0 && `${failed} failed`,
    undelivered > 0 && `${undelivered} undelivered`,
  ].filter((part) => part !== false)
  const redelivered = total(Object.values(links), (link) => link.sender?.redelivered ?? 0)
  const waited = Object.entries(links)
    .filter(([, { sender }]) => (sender?.waits ?? 0) > 0)
    .map(
      ([name, { sender }]) =>
        `${name} waited ${sender?.waits} times for credit, ${((sender?.waitedMs ?? 0) / 1_000).toFixed(1)} s in all`,
    )
  const restarts = total(Object.values(stages), (stage) => stage.restarts)
  return [
    table(rowsOf(report)),
    ...waited,
    ...(redelivered > 0 ? [`${redelivered} redelivered`] : []),
    ...(restarts > 0 ? [`${restarts} replicas started again`] : []),
    `${pipeline}: ${accepted} accepted = ${sum.join(' + ')}, in ${(elapsedMs / 1_000).toFixed(2)} s`,
  ].join('\n')
}

function total<T>(of: readonly T[], value: (one: T) => number): number {
  return of.reduce((sum, one) => sum + value(one), 0)
}
