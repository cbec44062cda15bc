import { describe, expect, it } from 'vitest'
import { pipeline } from '@sluice/core'
import { noSender } from '../../packages/core/src/run/program-report.ts'
import { addCounts, closeCounts, noStage, runReport } from '../../packages/core/src/run/report.ts'
import type { HostReport } from '../../packages/core/src/stage/host.ts'
import { HandPattern } from '../support/hand-link.ts'

function host(group: string, stages: HostReport['stages'], links: HostReport['links']): HostReport {
  return { group, replica: 0, stages, links }
}

/** A source and a filter fused to it, a link, and a sink. */
const { graph } = pipeline('numbers')
  .source('count', () => [1])
  .stage('odd', (n) => (n % 2 === 1 ? n : undefined))
  .link(new HandPattern())
  .sink('show', () => {})

describe('counts', () => {
  it('of replicas are added up, reasons of drops too', () => {
    const a = { ...noSender, accepted: 2, dropped: 2, droppedBy: { full: 2 } }
    const b = { ...noSender, accepted: 4, dropped: 4, droppedBy: { full: 1, 'no-peer': 3 } }
    expect(addCounts(a, b)).toEqual({
      ...noSender,
      accepted: 6,
      dropped: 6,
      droppedBy: { full: 3, 'no-peer': 3 },
    })
  })

  const sender = { ...noSender, accepted: 10, delivered: 6, pending: 1, inFlight: 3, peers: 2 }
  const dead = host('dryer', { dryer: { ...noStage, in: 12, running: 2 } }, { 'dryer:shelf': { sender } })

  it('of a replica that died leave out what comes again', () => {
    const closed = closeCounts(dead, { redelivered: true, recovered: true })
    expect(closed.links['dryer:shelf']?.sender).toMatchObject({ accepted: 6, undelivered: 0, inFlight: 0 })
    expect(closed.stages['dryer']).toMatchObject({ in: 10, running: 0 })
  })

  it('of a replica that died say undelivered where nothing comes again', () => {
    const closed = closeCounts(dead, { redelivered: false, recovered: true })
    expect(closed.links['dryer:shelf']?.sender).toMatchObject({ accepted: 10, undelivered: 4, peers: 0 })
  })

  const outbox = { recovered: 2, stored: 4, storedBytes: 99 }
  const storing = host('dryer', {}, { 'dryer:shelf': { sender: { ...sender, outbox } } })

  it.each([true, false])('of a replica that died leave out what its successor finds (%s)', (redelivered) => {
    const closed = closeCounts(storing, { redelivered, recovered: true })
    expect(closed.links['dryer:shelf']?.sender).toMatchObject({
      accepted: 6,
      undelivered: 0,
      outbox: { recovered: 2, stored: 0, storedBytes: 0 },
    })
  })

  it('of a replica that has no successor say what it left in its outbox', () => {
    const closed = closeCounts(storing, { redelivered: true, recovered: false })
    expect(closed.links['dryer:shelf']?.sender).toMatchObject({ accepted: 10, undelivered: 4, outbox })
  })
})

describe('the ledger of a run', () => {
  const source = host(
    'count',
    {
      count: { ...noStage, in: 21, out: 20 },
      odd: { ...noStage, in: 20, out: 9, filtered: 8, failed: 1, running: 2 },
    },
    {
      'odd:show': {
        sender: {
          ...noSender,
          accepted: 9,
          delivered: 4,
          deadLettered: 1,
          dropped: 1,
          inFlight: 2,
          undelivered: 1,
        },
      },
    },
  )
  const replicas = new Map([['count', [{ report: source, restarts: 0 }]]])

  it('adds up while messages are under way', () => {
    expect(runReport(graph, replicas, 5, false).ledger).toEqual({
      accepted: 21,
      delivered: 12,
      dropped: 1,
      deadLettered: 1,
      failed: 1,
      undelivered: 1,
      inFlight: 5,
    })
  })

  it('says of what is open at the end that it was not delivered', () => {
    const { ledger, links } = runReport(graph, replicas, 5, true)
    expect(ledger).toMatchObject({ accepted: 21, undelivered: 6, inFlight: 0 })
    expect(links['odd:show']?.sender).toMatchObject({ accepted: 9, undelivered: 3, inFlight: 0 })
  })

  it('counts what came in where the source is on another host', () => {
    const receiver = { received: 9, delivered: 5, deadLettered: 1, failed: 1, dropped: 0, held: 2 }
    const sink = host(
      'show',
      {},
      { 'odd:show': { receiver: { ...receiver, redelivered: 0, peers: 1, refused: 0 } } },
    )
    const { ledger } = runReport(graph, new Map([['show', [{ report: sink, restarts: 0 }]]]), 5, false)
    expect(ledger).toMatchObject({ accepted: 9, delivered: 5, deadLettered: 1, failed: 1, inFlight: 2 })
  })

  it('counts replicas and their restarts, and shows a stage of which nothing is known yet', () => {
    const report = runReport(
      graph,
      new Map([
        [
          'show',
          [
            { report: undefined, restarts: 2 },
            { report: undefined, restarts: 1 },
          ],
        ],
      ]),
      5,
      false,
    )
    expect(report.stages['show']).toMatchObject({ in: 0, replicas: 2, restarts: 3 })
    expect(report.ledger.accepted).toBe(0)
  })
})
