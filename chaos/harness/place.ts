/** A directory for the logs of one fault, and a free place to listen at that outlives those who do. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A directory of one fault, gone when it is over. */
export class Place implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), 'sluice-chaos-'))

  file(name: string): string {
    return join(this.path, name)
  }

  /** A wildcard port, or a path of its own. */
  endpoint(scheme: 'tcp' | 'ipc'): string {
    return scheme === 'tcp' ? 'tcp://127.0.0.1:*' : `ipc://${this.file('link')}`
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}
