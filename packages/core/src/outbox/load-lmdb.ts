/** What only an outbox needs, loaded when one is asked for. */
import { createRequire } from 'node:module'
import { OptionError } from '../errors.ts'
import type { Lmdb } from './lmdb-store.ts'
import type { OpenStore } from './store.ts'

/**
 * Loads `lmdb`, which is not installed unless somebody wants an outbox.
 * @throws {OptionError} when it is not there, or has no build for this machine.
 */
export function loadLmdb(): OpenStore {
  let lmdb: Lmdb
  try {
    lmdb = createRequire(import.meta.url)('lmdb') as Lmdb
  } catch (cause) {
    throw new OptionError(
      'outbox',
      'outbox needs the package lmdb, which could not be loaded; allowed: outbox after `npm install lmdb`, or no outbox',
      { cause },
    )
  }
  return async (path, sync) => {
    const { openStore } = await import('./lmdb-store.ts')
    return openStore(lmdb, path, sync)
  }
}
