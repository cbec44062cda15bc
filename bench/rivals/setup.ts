/** What the rivals need: their packages, in a workspace of their own, a program in C, and a Python. And which of them can run here. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Case, Row } from '../cases.ts'
import { rivalCases } from './cases.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const external = join(here, 'external')
const python = join(external, '.venv', 'bin', 'python')

/** The program that a rival needs beside its packages, by the beginning of its name. */
const needed: Readonly<Record<string, string>> = {
  'rivals/nats': 'nats-server',
  'rivals/jetstream': 'nats-server',
  'rivals/redis': 'redis-server',
  'rivals/bullmq': 'redis-server',
  'rivals/libzmq': join(external, 'libzmq'),
  'rivals/pyzmq': python,
}

/** Installs and builds what can be had here, and gives the cases with what can run; `say` hears of what cannot, and why. */
export function rivalsHere(say: (line: string) => void): readonly Case[] {
  runs('npm', [existsSync(join(here, 'node_modules')) ? 'install' : 'ci', '--loglevel=error'], here)
  runs('cc', ['-O2', '-o', join(external, 'libzmq'), join(external, 'libzmq.c'), '-lzmq'], external)
  if (!existsSync(python) && runs('python3', ['-m', 'venv', '.venv'], external))
    runs(python, ['-m', 'pip', 'install', '--quiet', 'pyzmq', 'msgpack'], external)
  process.env['BENCH_PYTHON'] = python
  const missing = new Set<string>()
  const cases = rivalCases.map((one) => ({ ...one, rows: one.rows.filter((row) => canRun(row, missing)) }))
  for (const row of missing) say(row)
  return cases
}

function canRun({ subject }: Row, missing: Set<string>): boolean {
  const program = Object.entries(needed).find(([name]) => subject.startsWith(name))?.[1]
  if (program === undefined || isThere(program)) return true
  missing.add(`left out: ${subject}, for there is no ${program} here`)
  return false
}

function isThere(program: string): boolean {
  if (program.includes('/')) return existsSync(program)
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)))
}

function runs(command: string, args: readonly string[], cwd: string): boolean {
  return spawnSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'ignore'] }).status === 0
}
