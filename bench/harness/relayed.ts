/** Runs a pipeline of several processes. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '@sluice/core'
import type { Pipeline } from '@sluice/core'
import { environmentName } from '../pipelines/relay.ts'
import type { Told } from '../pipelines/relay.ts'
import type { Findings, LoneSubject } from '../subject.ts'

/** A subject that runs `pipeline`, timed from its source's first message to its sink's last. */
export function relayed(pipeline: Pipeline): LoneSubject {
  return {
    async alone({ shape, messages }) {
      const directory = await mkdtemp(join(tmpdir(), 'bench-relay-'))
      const result = join(directory, 'result.json')
      process.env[environmentName] = JSON.stringify({ shape, messages, result } satisfies Told)
      return async () => {
        const { ledger } = await run(pipeline)
        const findings = JSON.parse(await readFile(result, 'utf8')) as Findings
        await rm(directory, { recursive: true })
        return { ...findings, arrived: ledger.delivered }
      }
    },
  }
}
