/** What a clone on any machine relies on. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { paths, root } from '../../architecture/source.ts'

interface Locked {
  readonly version?: string
  readonly resolved?: string
  readonly link?: boolean
  readonly hasInstallScript?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly allowScripts?: Readonly<Record<string, boolean>>
}

const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const manifest = (path: string): Manifest => JSON.parse(read(path)) as Manifest
const lock = (JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> }).packages
const nameOf = (place: string): string =>
  place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)

test('the lock file names no host', () => {
  const addresses = Object.values(lock).flatMap(({ resolved, link }) =>
    resolved === undefined || link === true ? [] : [resolved],
  )
  expect(addresses).toEqual([])
})

test('the lock file holds what each platform needs', () => {
  const locked = new Set(Object.keys(lock).map(nameOf))
  const wanted = Object.values(lock).flatMap(({ optionalDependencies = {} }) =>
    Object.keys(optionalDependencies),
  )
  expect(wanted.filter((name) => !locked.has(name))).toEqual([])
})

test('each install script was reviewed', () => {
  const reviewed = manifest('package.json').allowScripts ?? {}
  const scripted = Object.entries(lock).filter(([, { hasInstallScript }]) => hasInstallScript === true)
  expect(scripted.map(([place]) => nameOf(place)).filter((name) => !(name in reviewed))).toEqual([])
})

test('the packages of the repository ask for each other in the versions that they have', () => {
  const manifests = paths('packages/*/package.json').map(manifest)
  const versions = new Map(manifests.map(({ name, version }) => [name, version]))
  for (const { dependencies = {} } of manifests) {
    for (const [name, range] of Object.entries(dependencies)) {
      if (versions.has(name)) expect(range).toBe(versions.get(name))
    }
  }
})

test('each published package carries the licence', () => {
  for (const name of ['core', 'patterns', 'cli'])
    expect(read(`packages/${name}/LICENSE`)).toBe(read('LICENSE'))
})
