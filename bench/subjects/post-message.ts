/** From one thread to another by postMessage, one message each, and a word back for every 1 024, so that memory is bounded. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { nowMicros } from '../harness/percentiles.ts'
import { ring, shapeOf } from '../shapes.ts'
import type { LoneSubject } from '../subject.ts'

const stride = 1_024

const receiver = `
const { parentPort, workerData } = require('node:worker_threads')
let taken = 0
parentPort.on('message', (message) => {
  if (message === undefined) return
  taken++
  if (taken % workerData.stride === 0 || taken === workerData.messages) parentPort.postMessage(taken)
})`

export const subject: LoneSubject = {
  async alone({ shape, messages }) {
    const worker = new Worker(receiver, { eval: true, workerData: { stride, messages } })
    await once(worker, 'online')
    const values = ring(shapeOf(shape))
    return async () => {
      const from = nowMicros()
      for (let n = 0; n < messages;) {
        const until = Math.min(messages, n + stride)
        const taken = once(worker, 'message')
        for (; n < until; n++) worker.postMessage(values[n & 1023])
        await taken
      }
      const elapsedMs = (nowMicros() - from) / 1_000
      await worker.terminate()
      return { elapsedMs }
    }
  },
}
