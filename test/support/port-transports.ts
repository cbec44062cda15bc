/** Everything that can carry a port's packets, for suites that hold each of them to the same facts. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Context } from '@sluice/core'
import type { Ports } from '@sluice/core'
import { ChannelPorts } from './channel-ports.ts'
import { Recorder } from './port-recorder.ts'
import type { RecorderOptions } from './port-recorder.ts'

export interface Transport {
  readonly name: string
  open(): Ports & AsyncDisposable
  /** An endpoint to bind, perhaps a wildcard. */
  any(): string
  /** An endpoint that is no wildcard and that nobody has bound yet, for tests that connect before they bind. */
  fresh(): Promise<string>
}

function named(scheme: string, open: () => Ports & AsyncDisposable): Transport {
  const fresh = (): string => `${scheme}://${crypto.randomUUID()}`
  return { name: scheme, open, any: fresh, fresh: async () => fresh() }
}

/** A port that was free a moment ago. */
async function freeTcp(): Promise<string> {
  await using context = new Context()
  return await new Recorder(context, { shape: 'duplex', bind: 'tcp://127.0.0.1:*' }).endpoint()
}

export const transports: readonly Transport[] = [
  named('memory', () => new Context()),
  named('inproc', () => new Context()),
  named('channel', () => new ChannelPorts()),
  {
    name: 'ipc',
    open: () => new Context(),
    any: () => 'ipc://*',
    fresh: async () => `ipc://${join(tmpdir(), crypto.randomUUID())}`,
  },
  { name: 'tcp', open: () => new Context(), any: () => 'tcp://127.0.0.1:*', fresh: freeTcp },
]

/** Opens a recorder that is bound, and tells where. */
export async function bound(
  transport: Transport,
  ports: Ports,
  options: Omit<RecorderOptions, 'bind' | 'connect'>,
): Promise<{ host: Recorder; endpoint: string }> {
  const host = new Recorder(ports, { ...options, bind: transport.any() })
  return { host, endpoint: await host.endpoint() }
}
