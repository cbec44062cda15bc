/** `npm run build`: compiles each published package to its own dist, in the order in which they need each other. */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'

for (const name of ['core', 'patterns', 'testing', 'cli']) {
  const folder = `packages/${name}`
  rmSync(`${folder}/dist`, { recursive: true, force: true })
  const { status } = spawnSync('tsc', ['-p', `${folder}/tsconfig.build.json`], { stdio: 'inherit' })
  if (status !== 0) {
    process.exitCode = status ?? 1
    break
  }
}
