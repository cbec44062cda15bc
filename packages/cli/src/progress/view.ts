/** What shows a run while it goes on. */
import type { LogLine, RunProgress } from '@sluice/core'

/** Shows a run to a person, or to a file that a person reads later. */
export interface View {
  /** Shows a line of a stage's. */
  log(line: LogLine): void
  /** Shows a line of the command's own. */
  note(text: string): void
  /** Shows how far the run is. */
  progress(progress: RunProgress): void
  /** Leaves the terminal as it was found. */
  end(): void
}
