/** Backpressure: DEALER ↔ ROUTER, at least once, the sender slowed to the pace of its receivers. */
export { Consumer } from './consumer.ts'
export type { ConsumeOptions, ConsumerOptions } from './consume-options.ts'
export { backpressure } from './pattern.ts'
export type { BackpressureOptions } from './pattern.ts'
export type { ProduceOptions, ProducerOptions, SendOptions } from './produce-options.ts'
export { Producer } from './producer.ts'
