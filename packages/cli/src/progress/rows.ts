/** The numbers of a run, a row for each stage and each link, in the order of the pipeline. Pure. */
import type { LinkReport, RunReport, StageReport } from '@sluice/core'

/** One row: a stage, or the link between two. */
export interface Row {
  readonly name: string
  readonly isLink: boolean
  /** Messages taken in. */
  readonly in: number
  /** Messages passed on; for a link those that its receiver has finished. */
  readonly out: number
  /** Messages passed on in a second, since the last look. */
  readonly rate: number
  readonly inFlight: number
  readonly dropped: number
  readonly failed: number
  /** Messages that wait for a handler or for credit. */
  readonly waiting: number
}

/** Remembers the last look at a run, so that the next one can tell rates. */
export class Rows {
  #before: RunReport | undefined

  look(report: RunReport): readonly Row[] {
    const before = this.#before
    this.#before = report
    const seconds = (report.elapsedMs - (before?.elapsedMs ?? 0)) / 1_000
    const rate = (row: Row, earlier: readonly Row[]): Row => {
      const out = row.out - (earlier.find(({ name }) => name === row.name)?.out ?? 0)
      return { ...row, rate: seconds > 0 ? Math.round(out / seconds) : 0 }
    }
    const earlier = before === undefined ? [] : rowsOf(before)
    return rowsOf(report).map((row) => rate(row, earlier))
  }
}

/** The rows of a report: behind each stage the links that leave it. Rates are those since the start. */
export function rowsOf({ stages, links, elapsedMs }: RunReport): readonly Row[] {
  const rate = (row: Omit<Row, 'rate'>): Row => ({ ...row, rate: Math.round(row.out / (elapsedMs / 1_000)) })
  const rows = Object.entries(stages).flatMap(([name, stage]) => [
    ofStage(name, stage),
    ...Object.entries(links)
      .filter(([link]) => link.startsWith(`${name}:`))
      .map(([link, report]) => ofLink(link, report)),
  ])
  return rows.map(rate)
}

function ofStage(name: string, stage: StageReport): Omit<Row, 'rate'> {
  return {
    name: stage.replicas > 1 ? `${name} ×${stage.replicas}` : name,
    isLink: false,
    in: stage.in,
    out: stage.out,
    inFlight: stage.running,
    dropped: 0,
    failed: stage.failed + stage.deadLettered,
    waiting: stage.waiting,
  }
}

function ofLink(name: string, { sender, receiver }: LinkReport): Omit<Row, 'rate'> {
  return {
    name: `↓ ${name}`,
    isLink: true,
    in: sender?.accepted ?? receiver?.received ?? 0,
    out: sender?.delivered ?? receiver?.delivered ?? 0,
    inFlight: sender?.inFlight ?? receiver?.held ?? 0,
    dropped: sender?.dropped ?? receiver?.dropped ?? 0,
    failed: (sender?.failed ?? receiver?.failed ?? 0) + (sender?.deadLettered ?? receiver?.deadLettered ?? 0),
    waiting: sender?.pending ?? 0,
  }
}
