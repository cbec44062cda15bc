/** How long bad and costly input under 64 KiB takes to be read or refused, in both languages. */
import { spawnSync } from 'node:child_process'
import { decode, DecodeError, decodeSequence } from '@sluice/core'
import { hostileVectors, octetsOf } from '../../test/support/vectors.ts'
import { python } from './python.ts'

const mostOctets = 65_535
const rounds = 5
/** Repeats in a round: the processor's clock is coarse. */
const repeats = 10
const boundMs = 2

interface Frame {
  readonly name: string
  readonly octets: Buffer
}

function filled(name: string, head: string, unit: string): Frame {
  const [first, part] = [Buffer.from(head, 'hex'), Buffer.from(unit, 'hex')]
  const count = Math.floor((mostOctets - first.length) / part.length)
  return { name, octets: Buffer.concat([first, ...Array.from({ length: count }, () => part)]) }
}

function manyKeys(count: number): Frame {
  const pairs = Array.from({ length: count }, (_, at) => {
    const key = at.toString(36).padStart(3, '_')
    return Buffer.concat([Buffer.of(0xa0 | key.length), Buffer.from(key), Buffer.of(0xc0)])
  })
  const head = Buffer.of(0xde, count >> 8, count & 255)
  return { name: `one map of ${count} keys`, octets: Buffer.concat([head, ...pairs]) }
}

/** Families of input that are legal or nearly so, and as costly as 64 KiB can be. */
function families(): readonly Frame[] {
  return [
    filled('values of one octet', '', '01'),
    filled('integers of one and three octets, the last cut off', '', '01cd'),
    {
      name: 'one array of 65 530 integers',
      octets: Buffer.concat([Buffer.from('dcfffa', 'hex'), Buffer.alloc(65_530, 1)]),
    },
    filled('empty arrays', '', '90'),
    filled('arrays 64 deep', '', '91'.repeat(63) + '90'),
    filled('maps of one key', '', '81a16101'),
    filled('maps of two keys, one twice', '', '82a16101a16101'),
    filled('empty texts', '', 'a0'),
    filled('timestamps', '', 'd6ff00000001'),
    filled('declared counts beyond the frame', '', '92dd0000ffff'),
    {
      name: 'one text of 65 530 octets',
      octets: Buffer.concat([Buffer.from('dafffa', 'hex'), Buffer.alloc(65_530, 0x61)]),
    },
    {
      name: 'one text that ends in a bad octet',
      octets: Buffer.concat([Buffer.from('dafffa', 'hex'), Buffer.alloc(65_529, 0x61), Buffer.of(0xff)]),
    },
    manyKeys(13_000),
  ]
}

function attempt(read: (frame: Buffer) => unknown, frame: Buffer): void {
  try {
    read(frame)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
  }
}

/** Processor time, the least of a few rounds. */
function milliseconds(read: (frame: Buffer) => unknown, frame: Buffer): number {
  let best = Infinity
  for (let round = 0; round < rounds; round++) {
    const started = process.threadCpuUsage()
    for (let again = 0; again < repeats; again++) attempt(read, frame)
    const { user, system } = process.threadCpuUsage(started)
    best = Math.min(best, (user + system) / 1_000 / repeats)
  }
  return best
}

const readers: readonly ((frame: Buffer) => unknown)[] = [
  (frame) => decodeSequence(frame),
  (frame) => decodeSequence(frame, { trusted: true }),
  (frame) => decode(frame, { duplicateKeys: 'refuse' }),
]

/** Prints the slowest inputs of each language by payload, trusted payload and args. */
export function hostileFigures(): void {
  const vectors = hostileVectors().map((vector) => ({
    name: vector.id,
    octets: Buffer.from(octetsOf(vector)),
  }))
  const frames = [...vectors.filter(({ octets }) => octets.length <= mostOctets), ...families()]
  const ours = frames.map(({ octets }) => readers.map((read) => milliseconds(read, octets)))
  const input = frames.map(({ octets }) => `${octets.toString('hex')}\n`).join('')
  const theirs = spawnSync(python, ['bench/figures/hostile.py'], { input, encoding: 'utf8', maxBuffer: 1e8 })
  const languages: [string, number[][]][] = [['TypeScript', ours]]
  if (theirs.status === 0) languages.push(['Python', JSON.parse(theirs.stdout) as number[][]])
  else console.log(`no figures of Python: ${theirs.error?.message ?? theirs.stderr}`)
  for (const [language, times] of languages) {
    const rows = frames.map(({ name }, at) => ({
      name,
      times: times[at] ?? [],
      worst: Math.max(...(times[at] ?? [])),
    }))
    const over = rows.filter(({ worst }) => worst > boundMs)
    console.log(
      `${language}: ${frames.length} inputs under 64 KiB, ${over.length} take more than ${boundMs} ms; ms as payload, trusted, args:`,
    )
    for (const row of rows.toSorted((a, b) => b.worst - a.worst).slice(0, 10))
      console.log(`  ${row.times.map((time) => time.toFixed(2).padStart(6)).join(' ')}  ${row.name}`)
  }
}
