/** The guard of a run: one for all its replicas, wherever they are. */
import type { Clock } from '../clock.ts'
import type { LogLine } from '../pipeline/handler.ts'
import { AllowList } from '../security/allow-list.ts'
import { securityFromEnvironment } from '../security/environment.ts'
import type { Guard } from '../security/guard.ts'
import { guardOf } from '../security/option.ts'
import type { GuardOptions } from '../security/option.ts'
import { sparingly } from '../security/warnings.ts'
import type { HostSpec } from '../stage/host.ts'
import type { Connect } from './connection.ts'

/** Completes what a run was told by its environment. @throws {OptionError} for keys or files that cannot be used. */
export function runGuard(
  options: GuardOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Guard {
  const insecure = options.insecure ?? environment['SLUICE_INSECURE'] === '1'
  const security = options.security ?? securityFromEnvironment(environment)
  return guardOf({ ...options, insecure, security })
}

/** Who tells of refusals, and by which clock lines are kept few. */
export interface Reporting {
  readonly clock: Clock
  readonly log: (line: LogLine) => void
}

/** Lets refusals be told as lines of a replica, unless the caller takes them. */
export function reporting(guard: Guard, { group, replica }: HostSpec, { clock, log }: Reporting): Guard {
  if (guard.onRefused !== undefined) return guard
  const now = (): number => clock.now()
  return {
    ...guard,
    onRefused: sparingly(now, (text) => log({ level: 'warn', stage: group, replica, text })),
  }
}

/** Changes the list in a process as it is changed here. */
export function following(connect: Connect, { security }: Guard): Connect {
  const allow = security?.allow
  if (!(allow instanceof AllowList)) return connect
  return (events) => {
    const connection = connect({
      message: (message) => events.message(message),
      line: (text, level) => events.line(text, level),
      ended: (how, never) => {
        stop()
        events.ended(how, never)
      },
    })
    const stop = allow.follow((key, added) => connection.send({ type: 'allow', key, added }))
    return connection
  }
}

/** Does what `following` asks for. */
export function changeList({ security }: Guard, key: string, added: boolean): void {
  const allow = security?.allow
  if (!(allow instanceof AllowList)) return
  if (added) allow.add(key)
  else allow.delete(key)
}
