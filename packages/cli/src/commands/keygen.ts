/** `sluice keygen`: a key pair, in files that nobody else can read. */
import { writeKeyFiles } from '@sluice/core'
import { exitCode } from '../exit-code.ts'
import { complain } from '../progress/complain.ts'

/** Writes `NAME.key` and `NAME.key_secret` and prints the public key alone on standard output; resolves to the exit code. */
export function keygenCommand(directory: string, name: string): number {
  try {
    const { publicKey, publicFile, secretFile } = writeKeyFiles(directory, name)
    process.stderr.write(`${secretFile}: both keys; it stays on this host\n`)
    process.stderr.write(`${publicFile}: the public key, to be given away\n`)
    process.stdout.write(`${publicKey}\n`)
    return exitCode.delivered
  } catch (error) {
    complain(error)
    return exitCode.wrongUse
  }
}
