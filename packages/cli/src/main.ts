/** The process `sluice`: its arguments in, its exit code out. */
import { program } from './program.ts'

process.exitCode = await program(process.argv.slice(2))
