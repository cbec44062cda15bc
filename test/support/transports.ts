/** Every way in which a pattern's packets can travel, so that one suite runs over all of them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Context } from '@sluice/core'
import type { Ports } from '@sluice/core'
import { ChannelPorts } from './channel-ports.ts'

export interface Transport {
  readonly name: string
  open(): Ports & AsyncDisposable
  /** An endpoint to bind: nobody has it, and it may be a wildcard. */
  any(): string
}

const directory = mkdtempSync(join(tmpdir(), 'sluice-test-'))
process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
const names = (function* (): Generator<number, never> {
  for (let n = 1; ; n++) yield n
})()

const context = (): Context => new Context()

export const transports: readonly Transport[] = [
  { name: 'memory', open: context, any: () => 'memory://*' },
  { name: 'inproc', open: context, any: () => 'inproc://*' },
  { name: 'channel', open: () => new ChannelPorts(), any: () => `channel://n${names.next().value}` },
  { name: 'ipc', open: context, any: () => `ipc://${directory}/${names.next().value}` },
  { name: 'tcp', open: context, any: () => 'tcp://127.0.0.1:*' },
]
