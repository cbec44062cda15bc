/** What is measured with `--rivals`: ours and the raw sockets, beside what people use today. */
import type { Case } from '../cases.ts'
import { asking, rows } from '../cases.ts'

export const rivalCases: readonly Case[] = [
  {
    name: 'tcp',
    title: 'one way, tcp, a 75-octet object',
    figure: 'perSecond',
    extra: false,
    rows: rows(
      {},
      {
        'raw-zeromq': 100_000,
        'sluice-backpressure': 600_000,
        'sluice-fire-and-forget': 600_000,
        'rivals/libzmq': 3_000_000,
        'rivals/http-ndjson': 300_000,
        'rivals/redis-list': 200_000,
        'rivals/nats': 200_000,
        'rivals/pyzmq': 200_000,
        'rivals/rsocket-fire-and-forget': 100_000,
        'rivals/redis-streams': 50_000,
        'rivals/nats-jetstream': 20_000,
        'rivals/bullmq': 5_000,
      },
    ),
  },
  asking(
    1,
    {
      'raw-req-rep': 4_000,
      'sluice-request-reply': 4_000,
      'rivals/rsocket-request': 4_000,
      'rivals/http-undici': 2_000,
      'rivals/moleculer': 2_000,
      'rivals/nats-request': 2_000,
      'rivals/grpc': 1_000,
    },
    'request-reply, one at a time: median in microseconds',
  ),
  asking(
    64,
    {
      'raw-dealer-router': 20_000,
      'sluice-request-reply': 60_000,
      'rivals/rsocket-request': 30_000,
      'rivals/moleculer': 20_000,
      'rivals/nats-request': 20_000,
      'rivals/http-undici': 10_000,
      'rivals/grpc': 5_000,
    },
    'request-reply, 64 in flight',
  ),
  {
    name: 'fair',
    title: 'four receivers, one 20 times slower: time over ideal',
    figure: 'overIdeal',
    extra: false,
    rows: rows(
      {},
      {
        'raw-fair': 2_000,
        'sluice-fair': 20_000,
        'rivals/nats-fair': 2_000,
        'rivals/bullmq-fair': 20_000,
        'rivals/jetstream-fair': 20_000,
      },
    ),
  },
]
