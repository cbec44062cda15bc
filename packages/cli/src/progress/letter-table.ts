/** Dead letters as a person reads them: two lines each. */
import type { StoredDeadLetter } from '@sluice/core'

/** Most characters of a message that are shown; the file and --json have all of it. */
const shown = 200

/** For each letter, what failed where and when, and below it the message. */
export function letterTable(letters: readonly StoredDeadLetter[]): readonly string[] {
  return letters.flatMap(({ id, stage, replica, attempts, failedAt, error, json }) => {
    const tried = attempts === 1 ? '1 attempt' : `${attempts} attempts`
    const text = JSON.stringify(json)
    return [
      `${failedAt.toISOString()}  ${stage}/${replica}  ${error.code}: ${error.message}  (${tried}, id ${id})`,
      `  ${text.length > shown ? `${text.slice(0, shown)}… (${text.length} characters)` : text}`,
    ]
  })
}
