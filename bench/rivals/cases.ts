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
        'raw-zeromq': 300_000,
        'sluice-backpressure': 2_000_000,
        'sluice-fire-and-forget': 2_500_000,
        'rivals/libzmq': 5_000_000,
        'rivals/http-ndjson': 700_000,
        'rivals/redis-list': 500_000,
        'rivals/nats': 500_000,
        'rivals/pyzmq': 500_000,
        'rivals/rsocket-fire-and-forget': 350_000,
        'rivals/redis-streams': 100_000,
        'rivals/nats-jetstream': 30_000,
        'rivals/bullmq': 12_000,
      },
    ),
  },
  asking(
    1,
    {
      'raw-req-rep': 20_000,
      'sluice-request-reply': 20_000,
      'rivals/rsocket-request': 20_000,
      'rivals/http-undici': 10_000,
      'rivals/moleculer': 20_000,
      'rivals/nats-request': 10_000,
      'rivals/grpc': 5_000,
    },
    'request-reply, one at a time: median in microseconds',
  ),
  asking(
    64,
    {
      'raw-dealer-router': 50_000,
      'sluice-request-reply': 200_000,
      'rivals/rsocket-request': 80_000,
      'rivals/moleculer': 50_000,
      'rivals/nats-request': 30_000,
      'rivals/http-undici': 16_000,
      'rivals/grpc': 8_000,
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
