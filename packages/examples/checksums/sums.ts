/** Collects the sums and writes them once, sorted, in the format of `sha256sum`. */
import { open, rename, rm, stat } from 'node:fs/promises'
import type { Sum } from './hash.ts'

/** One line a file; a name with a backslash or a line break is escaped and its line marked, as `sha256sum` does. */
export function format({ path, sum }: Sum): Buffer {
  const octets = [...path].flatMap((octet) => escapes.get(octet) ?? [octet])
  const escaped = octets.length !== path.length
  return Buffer.concat([
    Buffer.from(`${escaped ? '\\' : ''}${sum}  `),
    Buffer.from(octets),
    Buffer.from('\n'),
  ])
}

const escapes: ReadonlyMap<number, readonly number[]> = new Map(
  [
    ['\\', '\\\\'],
    ['\n', '\\n'],
    ['\r', '\\r'],
  ].map(([from = '', to = '']) => [from.charCodeAt(0), [...Buffer.from(to)]] as const),
)

/** A file that comes twice, because a hashing process died after it had sent it, counts once: the path is the key. */
export class Sums {
  readonly #byPath = new Map<string, Sum>()

  add(sum: Sum): void {
    this.#byPath.set(Buffer.from(sum.path).toString('latin1'), sum)
  }

  get size(): number {
    return this.#byPath.size
  }

  /**
   * Writes to a neighbour and renames it, so that `output` is whole or untouched, even on a full disk.
   * What is no file, such as `/dev/stdout`, is written to as it stands.
   */
  async write(output: string): Promise<void> {
    const sorted = [...this.#byPath.values()].sort((a, b) => Buffer.compare(a.path, b.path))
    const isDevice = (await stat(output).catch(() => undefined))?.isFile() === false
    const partial = isDevice ? output : `${output}.partial`
    try {
      await writeAll(partial, sorted)
      if (!isDevice) await rename(partial, output)
    } catch (error) {
      if (!isDevice) await rm(partial, { force: true })
      throw new Error(`cannot write ${output}: ${(error as Error).message}`, { cause: error })
    }
  }
}

async function writeAll(path: string, sums: readonly Sum[]): Promise<void> {
  const file = await open(path, 'w')
  try {
    for (let from = 0; from < sums.length; from += 4_096) {
      await file.writeFile(Buffer.concat(sums.slice(from, from + 4_096).map(format)))
    }
  } finally {
    await file.close()
  }
}
