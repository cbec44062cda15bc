/** The commands of `sluice`, their options, and help that teaches. */
import { Command, CommanderError, Option } from 'commander'
import manifest from '../package.json' with { type: 'json' }
import { retryLetters, showLetters } from './commands/deadletters.ts'
import type { RetryLettersFlags, ShowLettersFlags } from './commands/deadletters.ts'
import { addGuardFlags } from './commands/guard-flags.ts'
import { keygenCommand } from './commands/keygen.ts'
import { runCommand } from './commands/run.ts'
import type { RunFlags } from './commands/run.ts'
import { showCommand } from './commands/show.ts'
import type { ShowFlags } from './commands/show.ts'
import { exitCode } from './exit-code.ts'

const runHelp = `
A pipeline file exports a pipeline, or a function ({ args }) => pipeline that is given what stands behind --.

Examples:
  sluice run dishes.ts                            every stage on this host, where its options say
  sluice run dishes.ts --on process               every stage in processes of its own
  sluice run dishes.ts --on dryer=thread          one stage elsewhere than its options say
  sluice run dishes.ts --json -- --dishes 100     arguments for the pipeline; the ledger as one JSON line
  sluice run dishes.ts --stage dryer \\
    --endpoint washer:dryer=tcp://washer.lan:5555 \\
    --endpoint dryer:shelf=tcp://shelf.lan:5556   one stage on this host, the others wherever they are

Endpoints can also be set by environment: SLUICE_ENDPOINT_WASHER_DRYER=tcp://washer.lan:5555
Keys too: SLUICE_CURVE_KEY_FILE=host.key_secret, SLUICE_CURVE_SERVER_KEY, SLUICE_CURVE_ALLOW_DIRECTORY
Ctrl-C once lets what was accepted be finished; twice stops now and says what was undelivered.

Exit codes: 0 all delivered; 1 failed, dead letters or undelivered; 2 wrong use.`

/** Parses `args` and does what they say; resolves to the exit code and never rejects. */
export async function program(args: readonly string[]): Promise<number> {
  let code: number = exitCode.delivered
  const command = new Command('sluice')
    .description(
      'Runs pipelines of stages over ZeroMQ: in one process, on threads, as processes, on many hosts.',
    )
    .version(manifest.version)
    .exitOverride()
    .showHelpAfterError('Try: sluice --help')
    .action(() => command.help({ error: true }))
  const runs = command
    .command('run')
    .description('run a pipeline, or one stage of it, and print its ledger')
    .argument('<file>', 'a module that exports the pipeline')
    .argument('[args...]', 'arguments for the pipeline, behind --')
    .option('--json', 'print the final report as one JSON line on standard output')
    .option('--stage <name>', 'run only this stage here')
    .option('--name <pipeline>', 'which pipeline, where the file exports several')
    .option(
      '--on <place>',
      'inline, thread or process for all stages, or stage=place; may be repeated',
      gather,
    )
    .option('--endpoint <link=endpoint>', 'where a link meets, such as washer:dryer=tcp://host:5555', gather)
    .addOption(new Option('--drain-timeout <ms>', 'how long draining may take').argParser(milliseconds))
  addGuardFlags(runs)
    .addHelpText('after', runHelp)
    .action(async (file: string, rest: string[], flags: RunFlags) => {
      code = await runCommand(file, rest, flags)
    })
  command
    .command('show')
    .description('draw a pipeline without running it, or say how the program of a stage is started by hand')
    .argument('<file>', 'a module that exports the pipeline')
    .argument('[args...]', 'arguments for the pipeline, behind --')
    .option('--name <pipeline>', 'which pipeline, where the file exports several')
    .option('--stage <name>', 'print the commands that start the program of this stage, one for each replica')
    .option('--endpoint <link=endpoint>', 'where a link of the stage meets, as with run', gather)
    .action(async (file: string, rest: string[], flags: ShowFlags) => {
      code = await showCommand(file, rest, flags)
    })
  addLetters(command, (given) => (code = given))
  addKeygen(command, (given) => (code = given))
  try {
    await command.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? exitCode.delivered : exitCode.wrongUse
  }
}

const lettersHelp = `
A stage writes such a file when it is told deadLetter: './letters.jsonl'. A line is one letter, as JSON: its message may be
mended with an editor before it is tried again.

Examples:
  sluice deadletters show letters.jsonl
  sluice deadletters show letters.jsonl --json | grep ERR_SLUICE_TIMEOUT
  sluice deadletters retry letters.jsonl dishes.ts`

function addLetters(command: Command, ended: (code: number) => void): void {
  const letters = command
    .command('deadletters')
    .description('show what a stage has given up, or try it again')
    .addHelpText('after', lettersHelp)
  letters
    .command('show')
    .description('print the letters of a file')
    .argument('<file>', 'JSON lines that a deadLetter wrote')
    .option('--json', 'print each letter as one JSON line')
    .option('--stage <name>', 'only letters of this stage')
    .action(async (file: string, flags: ShowLettersFlags) => ended(await showLetters(file, flags)))
  letters
    .command('retry')
    .description('hand each letter to its stage again; what fails again becomes a letter again')
    .argument('<file>', 'JSON lines that a deadLetter wrote; set aside as <file>.retrying meanwhile')
    .argument('<pipeline>', 'a module that exports the pipeline')
    .argument('[args...]', 'arguments for the pipeline, behind --')
    .option('--json', 'print the report of each stage as one JSON line')
    .option('--name <pipeline>', 'which pipeline, where the file exports several')
    .option('--on <place>', 'inline, thread or process, as with run; may be repeated', gather)
    .addOption(new Option('--drain-timeout <ms>', 'how long draining may take').argParser(milliseconds))
    .action(async (file: string, module: string, rest: string[], flags: RetryLettersFlags) =>
      ended(await retryLetters(file, module, rest, flags)),
    )
}

/** Adds the command that makes keys. */
function addKeygen(command: Command, exit: (code: number) => void): void {
  command
    .command('keygen')
    .description('write a key pair for CURVE, and print its public key')
    .argument('[directory]', 'where to write NAME.key and NAME.key_secret, each with mode 0600', '.')
    .option('--name <name>', 'what to call them', 'sluice')
    .action((directory: string, { name }: { name: string }) => {
      exit(keygenCommand(directory, name))
    })
}

function gather(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

function milliseconds(text: string): number {
  // What is not a number is refused by the check of all options of a run, in its words.
  return Number(text)
}
