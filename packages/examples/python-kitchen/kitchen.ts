/**
 * The chapter's kitchen as the chapter has it, in Python: a washer and three dryers with nothing but Python's library and the
 * client of this repository. What is here is the pipeline alone, and a tally at its end.
 *
 * PYTHON says which Python, from 3.9 on; it needs the client:
 *
 *   python3 -m venv /tmp/kitchen && /tmp/kitchen/bin/pip install ./clients/python
 *   PYTHON=/tmp/kitchen/bin/python npx sluice run packages/examples/python-kitchen/kitchen.ts
 */
import { external, pipeline } from '@sluice/core'
import { backpressure, fireAndForget } from '@sluice/patterns'
import { tally } from './tally.ts'

const python = process.env['PYTHON'] ?? 'python3'

export default pipeline('python-kitchen')
  .source('washer', external<never, string>([python, 'washer.py']))
  .link(backpressure({ highWaterMark: 2 }))
  .stage('dryer', external<string, string>([python, 'dryer.py']), { replicas: 3 })
  .link(fireAndForget())
  .sink('tally', tally())
