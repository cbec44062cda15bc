/** What `deadLetterBranch` gives, as options and the builder know it. */

/** A branch for dead letters that the builder has still to build. */
export class LetterBranch<In> {
  /** Exists for the compiler only, as a method does: a branch for all messages will do for some. */
  declare readonly takes: { about(message: In): void }['about']
  /** A name and no class, so that a branch of another copy of this module is known all the same. */
  readonly isLetterBranch: true = true
  readonly build: (letters: never) => unknown

  constructor(build: (letters: never) => unknown) {
    this.build = build
  }
}

/** Tells a branch for dead letters from any other way to keep them. */
export function isLetterBranch(value: unknown): value is LetterBranch<unknown> {
  return typeof value === 'object' && value !== null && 'isLetterBranch' in value
}
