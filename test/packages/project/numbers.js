import { pipeline } from '@sluice/core'
import { backpressure, fireAndForget } from '@sluice/patterns'

export default pipeline('numbers')
  .source('count', function* () {
    for (let number = 1; number <= 1_000; number++) yield number
  })
  .link(backpressure({ highWaterMark: 64 }))
  .stage('double', (number) => number * 2, { replicas: 2, on: 'process' })
  .link(backpressure())
  .stage('tell', (number) => number)
  .link(fireAndForget())
  .sink('forget', () => {})
