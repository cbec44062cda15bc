import { run } from '@sluice/core'
import numbers from './numbers.js'

const { ledger } = await run(numbers)
process.stdout.write(`${JSON.stringify(ledger)}\n`)
