/** What a run makes of programs that do wrong; none of them needs more than a shell. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { external, pipeline, ReplicaError, run } from '@sluice/core'
import type { ExternalOptions, LogLine, Pipeline, RunOptions } from '@sluice/core'
import { backpressure } from '@sluice/patterns'
import { processesWith, TemporaryDirectory, until } from '../support/left-behind.ts'

let directory: TemporaryDirectory

beforeEach(() => {
  directory = new TemporaryDirectory()
})

afterEach(async () => {
  await until(() => processesWith('sluice-fault').length === 0)
  const files = directory.entries()
  directory[Symbol.dispose]()
  if (files.length > 0) throw new Error(`left behind: ${files.join(', ')}`)
})

type Command = readonly [string, ...string[]]

function kitchen(command: Command, options: ExternalOptions = {}): Pipeline {
  return pipeline('kitchen')
    .source('washer', () => [1, 2, 3])
    .link(backpressure())
    .stage('dryer', external<number, number>(command, options))
    .link(backpressure())
    .sink('shelf', () => undefined)
}

/** A program in the shell's language. */
const shell = (script: string): Command => ['sh', '-c', `${script} #sluice-fault`]

async function death(whole: Pipeline, options: RunOptions = {}): Promise<[ReplicaError, LogLine[]]> {
  const log: LogLine[] = []
  const outcome: unknown = await run(whole, { log: (line) => log.push(line), ...options }).catch(
    (error: unknown) => error,
  )
  if (outcome instanceof ReplicaError) return [outcome, log]
  throw new Error(`it did not die: ${String(outcome)}`)
}

describe('a program', () => {
  it('STG-9 that is not there fails the run at once, and is named', async () => {
    const [{ message, replica }] = await death(kitchen(['sluice-no-such-program']))
    expect(replica).toBe('dryer/0')
    expect(message).toBe(
      "dryer/0 died (could not be started: there is no program 'sluice-no-such-program'); it is not started again",
    )
  })

  it('STG-9 whose directory is not there fails the run at once, and it is named', async () => {
    const [{ message }] = await death(kitchen(shell('true'), { cwd: 'no/such/place' }))
    expect(message).toMatch(
      /could not be started: there is no directory \/.*\/test\/process\/no\/such\/place\)/,
    )
  })

  it('STG-9 that the system refuses to start fails the run at once, with its reason', async () => {
    const [inFile] = await death(kitchen(shell('true'), { cwd: import.meta.filename }))
    expect(inFile.message).toBe('dryer/0 died (could not be started: spawn ENOTDIR); it is not started again')
    const [notAFile] = await death(kitchen([import.meta.dirname]))
    expect(notAFile.how).toMatch(/^could not be started: spawn .* EACCES$/)
  })

  it('STG-9 that exits at once is not started again, and its last lines are in the error', async () => {
    const [{ message, output }, log] = await death(kitchen(shell('echo no oven >&2; exit 3')))
    expect(message).toBe(
      'dryer/0 died (exit code 3 before it was ready); it is not started again. Its last output:\n  no oven',
    )
    expect(output).toEqual(['no oven'])
    expect(log).toContainEqual({ level: 'warn', stage: 'dryer', replica: 0, text: 'no oven' })
  })

  it('STG-9 that ends well without a word has died', async () => {
    const [{ how }] = await death(kitchen(shell('true')))
    expect(how).toBe('exit code 0 before it was ready')
  })

  it('STG-9 that is never ready is ended, with all that it has started', async () => {
    const [{ message }] = await death(
      kitchen(shell('sleep 3600.125 & echo waiting; wait'), { readyTimeoutMs: 300 }),
    )
    expect(message).toBe(
      'dryer/0 died (not ready in 300 ms); it is not started again. Its last output:\n  waiting',
    )
    await until(() => processesWith('sleep 3600.125').length === 0)
  })

  it('STG-9 that is killed before it is ready is started again, under the rules of all replicas', async () => {
    const restarts = { max: 2, initialMs: 1 }
    const [{ message }, log] = await death(kitchen(shell('kill -9 $$')), { restarts })
    expect(message).toBe('dryer/0 died (SIGKILL), 3 times within 60 s; it is not started again')
    expect(log.map(({ text }) => text)).toEqual([
      'SIGKILL: started again in 1 ms (1 of 2)',
      'SIGKILL: started again in 2 ms (2 of 2)',
    ])
  })

  it('STG-8 that speaks nonsense where reports are expected is quoted, and otherwise ignored', async () => {
    const nonsense = String.raw`printf 'half a \036{"report":"weather"}\nline\n\036nonsense\n\036{"report":"ready"}\n\377\n'`
    const [{ message, how }, log] = await death(kitchen(shell(`${nonsense}; exit 4`)))
    expect(log.map(({ text }) => text)).toEqual([
      'half a line',
      'sent a report that cannot be read (STG-3): "nonsense"',
      'sent a report that cannot be read (STG-3): "{\\"report\\":\\"ready\\"}"',
      '\ufffd',
    ])
    expect(how).toBe('exit code 4 before it was ready')
    expect(message).toContain('"nonsense"')
  })

  it('STG-9 that says it failed fails the run by its words', async () => {
    const failed = String.raw`printf '\036{"report":"failed","error":{"code":"Oven","message":"too hot"}}\n'; exit 1`
    await expect(run(kitchen(shell(failed)), { log: () => undefined })).rejects.toMatchObject({
      name: 'RemoteError',
      remoteCode: 'Oven',
      message: 'dryer/0 failed: Oven: too hot',
    })
  })

  it('STG-8 is ended with its whole group when the run is stopped', async () => {
    const controller = new AbortController()
    const running = run(kitchen(shell('sleep 3600.25 & echo here; wait')), {
      signal: controller.signal,
      log: ({ text }) => text === 'here' && controller.abort(new Error('enough')),
    })
    await expect(running).rejects.toThrow('enough')
    await until(() => processesWith('sleep 3600.25').length === 0)
  })

  it('STG-1 is started in the directory of the pipeline’s module, with its own variables', async () => {
    const script = 'echo "$PWD $OVEN ${HOME-none} $SLUICE_STAGE/$SLUICE_REPLICA"; exit 1'
    const env = { OVEN: 'hot', HOME: undefined }
    const [{ output }] = await death(kitchen(shell(script), { env }))
    expect(output).toEqual([`${import.meta.dirname} hot none dryer/0`])
  })
})
