import { pipeline, run } from '@sluice/core'
import { backpressure } from '@sluice/patterns'
import { Readable, Transform, Writable } from 'node:stream'
import { pipeline as streams } from 'node:stream/promises'
const N = 300_000
function* count() {
  for (let n = 0; n < N; n++) yield { n, text: 'abc' }
}
const double = async (m: { n: number; text: string }) => ({ n: m.n * 2, text: m.text })
const doubleSync = (m: { n: number; text: string }) => ({ n: m.n * 2, text: m.text })
let sum = 0
async function time(name: string, f: () => Promise<unknown>) {
  await f()
  const times = []
  for (let i = 0; i < 5; i++) {
    sum = 0
    const t = process.cpuUsage()
    await f()
    const c = process.cpuUsage(t)
    times.push((c.user + c.system) / 1000)
  }
  const ms = times.sort((a, b) => a - b)[0]!
  console.log(name.padEnd(40), Math.round((N / ms) * 1000), 'msg/s', Math.round(ms), sum)
}
const which = process.argv[2]
export const all: Record<string, () => Promise<unknown>> = {
  async 'async generators by hand'() {
    async function* src() {
      for (const m of count()) yield m
    }
    async function* map(it: AsyncIterable<any>) {
      for await (const m of it) yield await double(m)
    }
    async function* map2(it: AsyncIterable<any>) {
      for await (const m of it) yield await double(m)
    }
    for await (const m of map2(map(src()))) {
      await null
      sum += m.n
    }
  },
  'links bp async'() {
    return run(
      pipeline('perf')
        .source('count', count)
        .link(backpressure())
        .stage('a', double)
        .link(backpressure())
        .stage('b', double)
        .link(backpressure())
        .sink('sum', async (m) => {
          sum += m.n
        }),
    )
  },
  'links bp async concurrency 16'() {
    return run(
      pipeline('perf')
        .source('count', count)
        .link(backpressure())
        .stage('a', double, { concurrency: 16 })
        .link(backpressure())
        .stage('b', double, { concurrency: 16 })
        .link(backpressure())
        .sink(
          'sum',
          async (m) => {
            sum += m.n
          },
          { concurrency: 16 },
        ),
    )
  },
  'links bp sync'() {
    return run(
      pipeline('perf')
        .source('count', count)
        .link(backpressure())
        .stage('a', doubleSync)
        .link(backpressure())
        .stage('b', doubleSync)
        .link(backpressure())
        .sink('sum', (m) => {
          sum += m.n
        }),
    )
  },
  'fused async'() {
    return run(
      pipeline('perf')
        .source('count', count)
        .stage('a', double)
        .stage('b', double)
        .sink('sum', async (m) => {
          sum += m.n
        }),
    )
  },
  'fused sync'() {
    return run(
      pipeline('perf')
        .source('count', count)
        .stage('a', doubleSync)
        .stage('b', doubleSync)
        .sink('sum', (m) => {
          sum += m.n
        }),
    )
  },
  'node object streams sync'() {
    return streams(
      Readable.from(count()),
      new Transform({
        objectMode: true,
        transform(m, _, cb) {
          cb(null, doubleSync(m))
        },
      }),
      new Transform({
        objectMode: true,
        transform(m, _, cb) {
          cb(null, doubleSync(m))
        },
      }),
      new Writable({
        objectMode: true,
        write(m, _, cb) {
          sum += m.n
          cb()
        },
      }),
    )
  },
}
for (const [name, f] of Object.entries(all)) if (which === undefined || name === which) await time(name, f)
