/** Finds the module that builds a pipeline, so that another process or thread can import it again. */
import { pathToFileURL } from 'node:url'
import { getCallSites } from 'node:util'

/** The URL of the first module on the call stack that is not one of `own`; undefined where there is none, as in a REPL. */
export function callingModule(own: readonly string[]): string | undefined {
  for (const { scriptName } of getCallSites(20)) {
    const url = urlOf(scriptName)
    if (url !== undefined && url !== import.meta.url && !own.includes(url)) return url
  }
  return undefined
}

/** Takes a URL or a path, as users and call sites give either. */
export function urlOf(script: string | URL): string | undefined {
  if (script instanceof URL) return script.href
  if (script.startsWith('file:') || script.startsWith('data:')) return script
  return script.startsWith('/') || /^[A-Za-z]:[\\/]/.test(script) ? pathToFileURL(script).href : undefined
}
