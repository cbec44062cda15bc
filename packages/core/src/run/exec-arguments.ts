/** Which of Node.js' own arguments a child takes over. Pure. */

/** Would run something else than the child's entry, or claim what only one process can have. */
const notForChildren =
  /^(--inspect(-brk|-port|-wait|-publish-uid)?|--eval|-e|--print|-p|-pe|--check|-c|--interactive|-i|--input-type|--test(-.*)?|--watch(-.*)?|--run)(=|$)/

/** These stand before their value, as an argument of its own. */
const withValue = /^(--eval|-e|--print|-p|-pe|--run)$/

const sourceCondition = '--conditions=sluice-source'

/**
 * Takes over the arguments of this process that shape how code is loaded and run, such as `--conditions`.
 * Where this file itself was loaded as TypeScript, the packages are resolved to their sources in a child too.
 */
export function inheritedArguments(own: readonly string[], loadedFrom: string): string[] {
  const inherited: string[] = []
  for (let at = 0; at < own.length; at++) {
    const argument = own[at] ?? ''
    if (notForChildren.test(argument)) at += withValue.test(argument) ? 1 : 0
    else inherited.push(argument)
  }
  const fromSource = loadedFrom.endsWith('.ts') && !inherited.includes(sourceCondition)
  return fromSource ? [...inherited, sourceCondition] : inherited
}
