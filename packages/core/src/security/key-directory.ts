/** A directory of public keys as an allow-list: a file put there lets a client in, a file removed keeps it out. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { OptionError } from '../errors.ts'
import type { Allowance } from './allow-list.ts'
import { publicEnding, publicKeyIn } from './key-file.ts'

/** Pause between two looks at the directory, in milliseconds. Watches of the system miss changes on some file systems. */
const lookEveryMs = 1_000

/** What is known of a file: a change of it shows here. */
interface Known {
  readonly stamp: string
  readonly key: string | undefined
}

/** Looks at the directory once a second, for as long as a socket asks by it. A file that holds no key lets nobody in. */
export class KeyDirectory implements Allowance {
  readonly path: string
  readonly #watchers = new Set<(key: string) => void>()
  #files = new Map<string, Known>()
  #keys = new Set<string>()
  #timer: NodeJS.Timeout | undefined

  /** @throws {OptionError} for a directory that cannot be read. */
  constructor(path: string, where: string) {
    this.path = path
    try {
      this.#look()
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      throw new OptionError(
        where,
        `${where}: the directory ${path} cannot be read (${code}); allowed: a directory of NAME${publicEnding} files`,
        { cause: error },
      )
    }
  }

  has(key: string): boolean {
    return this.#keys.has(key)
  }

  watch(removed: (key: string) => void): () => void {
    this.#watchers.add(removed)
    this.#timer ??= setInterval(() => this.#lookAgain(), lookEveryMs).unref()
    return () => {
      if (!this.#watchers.delete(removed) || this.#watchers.size > 0) return
      clearInterval(this.#timer)
      this.#timer = undefined
    }
  }

  #lookAgain(): void {
    const before = this.#keys
    try {
      this.#look()
    } catch {
      // A directory that is gone for a moment, as when it is replaced as a whole, locks nobody out.
      return
    }
    for (const key of before) {
      if (this.#keys.has(key)) continue
      for (const tell of this.#watchers) tell(key)
    }
  }

  #look(): void {
    const files = new Map<string, Known>()
    for (const name of readdirSync(this.path)) {
      if (!name.endsWith(publicEnding)) continue
      const known = this.#read(name)
      if (known !== undefined) files.set(name, known)
    }
    this.#files = files
    this.#keys = new Set([...files.values()].flatMap(({ key }) => (key === undefined ? [] : [key])))
  }

  #read(name: string): Known | undefined {
    const file = join(this.path, name)
    try {
      const { mtimeMs, size, ino } = statSync(file)
      const stamp = `${mtimeMs} ${size} ${ino}`
      const known = this.#files.get(name)
      if (known?.stamp === stamp) return known
      return { stamp, key: keyIn(readFileSync(file, 'utf8'), file) }
    } catch {
      // It went while it was looked at.
      return undefined
    }
  }
}

function keyIn(text: string, file: string): string | undefined {
  try {
    return publicKeyIn(text, file, 'security.allowDirectory')
  } catch {
    return undefined
  }
}
