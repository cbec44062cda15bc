/** Plants defects: a module that is imported with `?mutant=n` is loaded anew, with all that it imports, and with the n-th defect in it. */
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { mutants } from './mutants.ts'
import type { Mutant } from './mutants.ts'

const ours = /\/(packages\/(core|patterns|testing)\/src|test\/simulation\/worlds)\//
/** What no defect is planted in and what knows nothing that one is planted in: one copy serves all. */
const shared =
  /\/core\/src\/(codec|channel|dead-letters|envelope|security|zeromq|errors\.ts|limits\.ts|option-check\.ts)/
const mark = /\?mutant=(\d+)$/

/**
 * Puts a defect in the place of its fragment.
 * @throws {Error} where the fragment does not stand exactly once: the defect is to be rewritten for the code as it is.
 */
export function mutated({ name, file, fragment, instead }: Mutant, source: string): string {
  const times = source.split(fragment).length - 1
  if (times !== 1) throw new Error(`mutant '${name}': its fragment stands ${times} times in packages/${file}`)
  return source.replace(fragment, () => instead)
}

/** Lets `?mutant=n` mean what it says, in this process. */
export function plantOnImport(): void {
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context)
      const planted = mark.exec(context.parentURL ?? '')
      if (planted === null || mark.test(resolved.url)) return resolved
      if (!ours.test(resolved.url) || shared.test(resolved.url)) return resolved
      return { ...resolved, url: `${resolved.url}${planted[0]}` }
    },
    load(url, context, next) {
      const mutant = mutants[Number(mark.exec(url)?.[1] ?? -1)]
      const loaded = next(url, context)
      if (mutant === undefined || !fileURLToPath(url).endsWith(`/packages/${mutant.file}`)) return loaded
      return { ...loaded, source: mutated(mutant, new TextDecoder().decode(loaded.source as Uint8Array)) }
    },
  })
}
