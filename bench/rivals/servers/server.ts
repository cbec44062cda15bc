/** A broker's server, started for one measurement on a free port, in a folder of its own. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** Clock ticks a second in /proc, as Linux has had it on every machine for decades. */
const ticks = 100

export interface Server extends AsyncDisposable {
  readonly port: number
  /** Processor time that it has had so far, in milliseconds; 0 where the system does not tell. */
  cpuMs(): number
}

/** Starts `command`; its arguments are made for the port and the folder that it gets. Resolves once it answers. */
export async function startServer(
  command: string,
  args: (port: number, folder: string) => readonly string[],
): Promise<Server> {
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'bench-server-'))
  // Whoever started it may be killed, and it must not stay behind: Linux can be asked for that.
  const tied = process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'KILL', command] : [command]
  const [program = command, ...words] = [...tied, ...args(port, folder)]
  const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'inherit'] })
  const kill = (): boolean => child.kill('SIGKILL')
  process.once('exit', kill)
  await answers(child, command, port)
  return {
    port,
    cpuMs: () => cpuMsOf(child.pid),
    async [Symbol.asyncDispose]() {
      process.off('exit', kill)
      const exited = once(child, 'exit')
      kill()
      await exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function answers(child: ChildProcess, command: string, port: number): Promise<void> {
  for (;;) {
    if (child.exitCode !== null)
      throw new Error(`${command} ended with ${child.exitCode} when it was started`)
    const socket = connect({ port, host: '127.0.0.1' })
    const connected = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'close').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (connected) return
    await pause(20)
  }
}

/** A port that nobody has, as far as is known a moment later. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function cpuMsOf(pid: number | undefined): number {
  if (process.platform !== 'linux' || pid === undefined) return 0
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / ticks
}
