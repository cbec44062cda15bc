/**
 * Runs a script under the project's own Node, and installs what the lock file names first if that is not there.
 *
 * Plain JavaScript without dependencies: all that can be counted on before the set-up is some Node ≥ 20 and npm.
 *
 * Usage: node scripts/with-setup.mjs [script [arguments …]]
 */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
const ownNode = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean }} LockedPackage
 * @typedef {Record<string, LockedPackage>} LockedPackages
 */

/**
 * The packages that a lock file names, by their place, or undefined where there is no such file.
 *
 * @param {string} path
 * @returns {LockedPackages | undefined}
 */
function packagesIn(path) {
  if (!existsSync(path)) return undefined
  return /** @type {{ packages: LockedPackages }} */ (JSON.parse(readFileSync(path, 'utf8'))).packages
}

/**
 * Whether something that the lock file names is not installed as it says.
 *
 * @param {LockedPackages | undefined} wanted
 * @param {LockedPackages | undefined} installed
 * @returns {boolean}
 */
export function setupNeeded(wanted, installed) {
  if (wanted === undefined || installed === undefined) return true
  return Object.entries(wanted).some(([place, { version, integrity, optional }]) => {
    const found = installed[place]
    // The root itself is not installed, and of what is optional only this platform's share is.
    if (place === '' || (found === undefined && optional === true)) return false
    return found === undefined || found.version !== version || found.integrity !== integrity
  })
}

/**
 * Runs a command on this terminal; resolves to its exit code, and lets it answer signals in its own way.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>}
 */
function runs(command, args, env = process.env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', env })
    // A terminal sends SIGINT to the child as well, which would take a second one for "stop now".
    const interrupt = () => process.stdin.isTTY || child.kill('SIGINT')
    const terminate = () => child.kill('SIGTERM')
    process.on('SIGINT', interrupt)
    process.on('SIGTERM', terminate)
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      process.off('SIGINT', interrupt)
      process.off('SIGTERM', terminate)
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
  })
}

/**
 * Installs what the lock file names. Warnings are left out: npm runs under whatever Node the machine has and
 * says so of each package that wants a newer one, which it gets, for the tools run under the Node just installed.
 *
 * @returns {Promise<number>}
 */
async function install() {
  process.stderr.write('sluice: installing what package-lock.json names\n')
  const npm = process.env['npm_execpath']
  // A whole tree is not thrown away for one package that changed.
  const args = [existsSync(modules) ? 'install' : 'ci', '--loglevel=error']
  return npm === undefined ? runs('npm', args) : runs(process.execPath, [npm, ...args])
}

/**
 * @param {string} version
 * @returns {boolean}
 */
function newEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 18)
}

/**
 * The Node that came with the set-up, or this one where the platform has none and it will do.
 *
 * @returns {string}
 */
function nodeToUse() {
  if (existsSync(ownNode)) return ownNode
  if (newEnough(process.versions.node)) return process.execPath
  throw new Error(`no Node for this platform was installed, and ${process.version} is older than 22.18`)
}

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>}
 */
async function main([script, ...args]) {
  const wanted = packagesIn(join(root, 'package-lock.json'))
  if (setupNeeded(wanted, packagesIn(join(modules, '.package-lock.json')))) {
    const code = await install()
    if (code !== 0) return code
  }
  if (script === undefined) return 0
  const node = nodeToUse()
  const path = [dirname(node), join(modules, '.bin'), process.env['PATH']].join(delimiter)
  return runs(node, ['--conditions=sluice-source', script, ...args], { ...process.env, PATH: path })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.chdir(root)
  process.exitCode = await main(process.argv.slice(2))
}
