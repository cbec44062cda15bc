/** What a builder says of options that it does not take. */
import { OptionError } from '@sluice/core'

/** The option that was refused, and the words. Throws when nothing was refused. */
export function refusal(build: () => unknown): [option: string, message: string] {
  try {
    build()
  } catch (error) {
    if (error instanceof OptionError) return [error.option, error.message]
    throw error
  }
  throw new Error('it was not refused')
}
