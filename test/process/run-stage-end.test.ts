/** How the end of a stream comes to a stage on another host. */
import { pipeline, runStage } from '@sluice/core'
import type { Pattern } from '@sluice/core'
import { backpressure, requestReply } from '@sluice/patterns'
import { expect, it } from 'vitest'
import { TemporaryDirectory } from '../support/left-behind.ts'

const patterns: readonly (readonly [string, Pattern])[] = [
  ['backpressure', backpressure()],
  ['request-reply', requestReply()],
]

it.each(patterns)(
  'a stage with nothing to send tells a receiver of its end that comes later, over %s',
  async (_, pattern) => {
    using directory = new TemporaryDirectory()
    const dishes = pipeline('dishes')
      .source('washer', () => [])
      .link(backpressure())
      .stage('dryer', (dish: number) => dish)
      .link(pattern)
      .sink('shelf', () => {})
    const at = (name: string): string => `ipc://${directory.path}/${name}`
    const endpoints = { 'washer:dryer': [at('dryer')], 'dryer:shelf': [at('shelf')] }
    const host = (stage: string) => runStage(dishes, stage, { endpoints })
    const dryer = host('dryer')
    await host('washer')
    const shelf = await host('shelf')
    await dryer
    expect(shelf.stages['shelf']?.in).toBe(0)
  },
)
