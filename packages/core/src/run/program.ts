/** A replica whose work a program does: a child process that is spoken with on its standard input and output. */
import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Clock, Timer } from '../clock.ts'
import type { External } from '../pipeline/external.ts'
import type { HostSpec } from '../stage/host.ts'
import type { Connect, Connection, ConnectionEvents } from './connection.ts'
import type { FromReplica, ToReplica } from './messages.ts'
import { splitOutput, whenEnded } from './output.ts'
import { commandLine, readRecord, splitRecord } from './program-control.ts'

/** A line with a report may be longer than one of output, in characters: it holds the ledgers of all its links. */
const longestRecord = 1_024 * 1_024

/** How much output without a line break is kept over reports, in characters. */
const longestBegun = 16 * 1_024

/** How much of a report that cannot be read is shown. */
const shownCharacters = 200

/** What is needed to start a program. */
export interface ProgramOptions {
  readonly program: External<never>
  readonly spec: HostSpec
  /** The URL of the pipeline's module: the program is started in its directory. */
  readonly module: string | undefined
  /** All that its environment holds; see `programVariables`. */
  readonly env: NodeJS.ProcessEnv
  readonly clock: Clock
}

/**
 * Starts a program for a replica. It leads its own process group, so that Ctrl-C on a terminal reaches the run alone, which
 * then drains, and so that what it has started itself ends with it; and it sees the end of its input when the run is killed.
 */
export function connectProgram(options: ProgramOptions): Connect {
  return (events) => {
    const { program, module, env } = options
    const [command, ...args] = program.command
    const cwd = resolve(directoryOf(module), program.cwd ?? '.')
    try {
      const child = spawn(command, args, { cwd, env, stdio: 'pipe', detached: true })
      return new RunningProgram(child, cwd, options, events)
    } catch (error) {
      // Some of what the system refuses is thrown at once, and some is told later; here both are told later.
      queueMicrotask(() => events.ended(notStarted(error as NodeJS.ErrnoException, cwd, program), 'never'))
      return { send: () => undefined, kill: () => undefined }
    }
  }
}

function directoryOf(module: string | undefined): string {
  return module?.startsWith('file:') === true ? dirname(fileURLToPath(module)) : process.cwd()
}

/** One life of a program, from its start to its end. */
class RunningProgram implements Connection {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #events: ConnectionEvents
  readonly #options: ProgramOptions
  readonly #deadline: Timer
  #isReady = false
  #isClosing = false
  /** A line of output that a report has interrupted. */
  #begun = ''
  /** Why the run has ended it, where it did not end by itself. */
  #ended: string | undefined

  constructor(
    child: ChildProcessWithoutNullStreams,
    cwd: string,
    options: ProgramOptions,
    events: ConnectionEvents,
  ) {
    this.#child = child
    this.#options = options
    this.#events = events
    const { program } = options
    const { readyTimeoutMs } = program
    this.#deadline = options.clock.after(readyTimeoutMs, () => this.#end(`not ready in ${readyTimeoutMs} ms`))
    // That nobody reads any more is said by the exit that follows.
    child.stdin.on('error', () => undefined)
    const output = [
      splitOutput(child.stdout, (line) => this.#take(line), longestRecord),
      splitOutput(child.stderr, (line) => events.line(line, 'warn')),
    ]
    child.once('exit', () => this.#killGroup())
    whenEnded(child, output, (how, error) => {
      if (error === undefined) this.#gone(how)
      else this.#over(notStarted(error, cwd, program), 'never')
    })
  }

  send(message: ToReplica): void {
    this.#isClosing ||= message.type === 'close'
    const line = commandLine(message)
    if (line !== undefined && this.#child.stdin.writable) this.#child.stdin.write(line)
  }

  kill(): void {
    this.#killGroup()
  }

  #take(line: string): void {
    const { text, record } = splitRecord(line)
    this.#begun += text
    if (record === undefined || this.#begun.length > longestBegun) this.#say()
    if (record === undefined) return
    const message = readRecord(record, this.#options.spec)
    if (message === 'damaged') {
      const shown = JSON.stringify(record.slice(0, shownCharacters))
      return this.#events.line(`sent a report that cannot be read (STG-3): ${shown}`, 'warn')
    }
    if (message !== 'unknown') this.#heard(message)
  }

  #heard(message: FromReplica): void {
    if (message.type === 'ready') {
      this.#isReady = true
      this.#deadline.cancel()
    }
    // A program that is closed in the middle calls that a failure; here it is what was asked for.
    if (message.type === 'failed' && this.#isClosing) {
      return this.#events.message({ type: 'closed', report: message.report })
    }
    this.#events.message(message)
  }

  #say(): void {
    const line = this.#begun
    this.#begun = ''
    this.#events.line(line, 'info')
  }

  #end(why: string): void {
    this.#ended ??= why
    this.#killGroup()
  }

  #gone(how: string): void {
    if (this.#isReady) return this.#over(how)
    if (this.#ended !== undefined) return this.#over(this.#ended, 'never')
    // What somebody killed before it was ready may be ready the next time; what ended by itself would do so again.
    if (this.#child.exitCode === null) return this.#over(how)
    this.#over(`${how} before it was ready`, 'never')
  }

  #over(how: string, never?: 'never'): void {
    this.#deadline.cancel()
    if (this.#begun !== '') this.#say()
    this.#events.ended(how, never)
  }

  #killGroup(): void {
    const { pid } = this.#child
    if (pid === undefined) return
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // There is nobody in its group any more.
    }
  }
}

function notStarted(error: NodeJS.ErrnoException, cwd: string, program: External<never>): string {
  const [command] = program.command
  if (!existsSync(cwd)) return `could not be started: there is no directory ${cwd}`
  if (error.code === 'ENOENT') return `could not be started: there is no program '${command}'`
  return `could not be started: ${error.message}`
}
