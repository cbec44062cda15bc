/** Keys from the environment: where a program is told on its host, and not in its source, who it is. */
import { OptionError } from '../errors.ts'
import type { PerEndpoint, SecurityOptions } from './security.ts'

/** Each variable and the option it stands for. A list by endpoint is written `tcp://host:port=KEY,tcp://…`. */
const variables = {
  SLUICE_CURVE_KEY_FILE: 'keyFile',
  SLUICE_CURVE_PUBLIC_KEY: 'publicKey',
  SLUICE_CURVE_SECRET_KEY: 'secretKey',
  SLUICE_CURVE_SERVER_KEY: 'serverKey',
  SLUICE_CURVE_SERVER_KEY_FILE: 'serverKeyFile',
  SLUICE_CURVE_ALLOW: 'allow',
  SLUICE_CURVE_ALLOW_DIRECTORY: 'allowDirectory',
} as const satisfies Readonly<Record<string, keyof SecurityOptions>>

const prefix = 'SLUICE_CURVE_'

/**
 * Reads security from the variables `SLUICE_CURVE_KEY_FILE`, `…_SERVER_KEY`, `…_SERVER_KEY_FILE`, `…_ALLOW_DIRECTORY`, `…_ALLOW`
 * (keys with commas between them), `…_PUBLIC_KEY` and `…_SECRET_KEY`. Undefined where none of them is set.
 *
 * Errors: `OptionError` for a variable `SLUICE_CURVE_…` of another name.
 */
export function securityFromEnvironment(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): SecurityOptions | undefined {
  const found: Record<string, unknown> = {}
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith(prefix) || text === undefined || text === '') continue
    const option = (variables as Readonly<Record<string, keyof SecurityOptions>>)[name]
    if (option === undefined) throw unknown(name)
    found[option] = read(option, text)
  }
  return Object.keys(found).length === 0 ? undefined : found
}

function read(option: keyof SecurityOptions, text: string): PerEndpoint | readonly string[] {
  if (option === 'allow') return text.split(',').map((key) => key.trim())
  if (option !== 'serverKey' && option !== 'serverKeyFile') return text
  if (!text.startsWith('tcp://')) return text
  const pairs = text.split(',').map((part): [string, string] => {
    // A key may hold this character too, an endpoint never does.
    const at = part.indexOf('=')
    return [part.slice(0, at).trim(), part.slice(at + 1).trim()]
  })
  return Object.fromEntries(pairs)
}

function unknown(name: string): OptionError {
  return new OptionError(
    name,
    `${name}: there is no such variable; allowed: ${Object.keys(variables).join(', ')}`,
  )
}
