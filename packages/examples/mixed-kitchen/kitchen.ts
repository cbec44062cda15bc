/**
 * A kitchen in two languages: washer and shelf are TypeScript, the three dryers are Python. The run starts the dryers,
 * forwards what they print, starts one again that dies, and drains them at the end.
 *
 * The dryers need some Python from 3.9 on with the client of this repository; PYTHON says which:
 *
 *   python3 -m venv /tmp/kitchen && /tmp/kitchen/bin/pip install ./clients/python
 *   PYTHON=/tmp/kitchen/bin/python npx sluice run packages/examples/mixed-kitchen/kitchen.ts
 */
import { external, pipeline } from '@sluice/core'
import { backpressure, requestReply } from '@sluice/patterns'
import type { Dish, DryDish } from './dish.ts'
import { putAway } from './shelf.ts'
import { wash } from './washer.ts'

const python = process.env['PYTHON'] ?? 'python3'

export default pipeline('mixed-kitchen')
  .source('washer', wash)
  .link(backpressure({ highWaterMark: 2 }))
  .stage('dryer', external<Dish, DryDish>([python, 'dryer.py']), { replicas: 3 })
  .link(requestReply({ timeoutMs: 2_000, retries: 3 }))
  .sink('shelf', putAway)
