#!/usr/bin/env node
/**
 * The command `sluice`. Where it is installed, its compiled form runs; in the repository of Sluice itself, its
 * sources do, in a process that resolves the packages to their sources too.
 */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const condition = '--conditions=sluice-source'

if (import.meta.url.includes('/node_modules/')) await import(new URL('../dist/main.js', import.meta.url).href)
else runSources()

function runSources() {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  const args = [...process.execArgv, condition, main, ...process.argv.slice(2)]
  const child = spawn(process.execPath, args, { stdio: 'inherit' })
  // A terminal sends SIGINT to the child as well, which would take a second one for "stop now".
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal])
  })
}
