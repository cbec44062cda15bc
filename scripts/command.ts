/** Commands that a script runs to their end. */
import { spawn } from 'node:child_process'

/** What a command came to. */
export interface Result {
  readonly code: number
  /** Both streams as they came; empty where they went straight to the terminal. */
  readonly output: string
}

export type Command = readonly [string, ...string[]]

/** Runs a command to its end; its output is kept, or goes straight to this terminal when `live`. */
export async function run([command, ...args]: Command, live: boolean, env = process.env): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env,
      stdio: ['ignore', live ? 'inherit' : 'pipe', live ? 'inherit' : 'pipe'],
    })
    let output = ''
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 1, output }))
  })
}
