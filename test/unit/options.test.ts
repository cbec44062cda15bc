import { Context, defaultLimits, OptionError, receiverOptionsAt, siteOf, systemClock } from '@sluice/core'
import { fireAndForget, Puller, Pusher, Replier, Requester, requestReply } from '@sluice/patterns'
import { describe, expect, it } from 'vitest'

function refusal(make: () => unknown): OptionError {
  try {
    make()
  } catch (error) {
    expect(error).toBeInstanceOf(OptionError)
    return error as OptionError
  }
  throw new Error('nothing was refused')
}

/** What a user of plain JavaScript may pass. */
const anything = (options: unknown): never => options as never

describe('options of the standalone classes', () => {
  const classes: [string, (options: object) => unknown][] = [
    ['Pusher', (options) => new Pusher(options)],
    ['Puller', (options) => new Puller(options)],
    ['Requester', (options) => new Requester(options)],
    ['Replier', (options) => new Replier(options)],
  ]

  it.each(classes)('%s needs an endpoint', (name, make) => {
    expect(refusal(() => make({}))).toMatchObject({
      option: 'bind',
      message: `${name}: neither bind nor connect was given; allowed: at least one endpoint in one of them, such as connect: 'tcp://127.0.0.1:5555'`,
    })
    expect(refusal(() => make({ bind: [], connect: [] })).option).toBe('bind')
    expect(refusal(() => make(anything(undefined)))).toMatchObject({
      option: 'options',
      message: `${name}: options was given undefined; allowed: an object of options`,
    })
  })

  it.each(classes)('%s refuses an unknown option and names the nearest', (name, make) => {
    const error = refusal(() => make(anything({ conect: 'tcp://127.0.0.1:5555' })))
    expect(error.option).toBe('conect')
    expect(error.message).toMatch(
      new RegExp(`^${name}: there is no option conect \\(did you mean connect\\?\\); allowed: .*bind`),
    )
    const far = refusal(() => make(anything({ connect: 'tcp://127.0.0.1:5555', lemonade: 1 })))
    expect(far.message).toMatch(/there is no option lemonade; allowed:/)
  })

  const refused: [string, object, string, RegExp][] = [
    [
      'an endpoint that is no text',
      { connect: 5555 },
      'connect',
      /was given 5555; allowed: an endpoint such as/,
    ],
    ['a list with something else in it', { bind: ['tcp://*:1', {}] }, 'bind', /allowed: an endpoint/],
    ['an unknown scheme', { connect: 'udp://host:1' }, 'connect', /'udp:\/\/host:1'/],
    ['a wildcard to connect to', { connect: 'tcp://127.0.0.1:*' }, 'connect', /'tcp:\/\/127.0.0.1:\*'/],
    [
      'memory without a context',
      { connect: 'memory://name' },
      'context',
      /context: a Context that both sides share/,
    ],
    ['a context that is none', { bind: 'memory://a', context: {} }, 'context', /allowed: a Context/],
    ['an empty identity', { bind: 'tcp://127.0.0.1:*', identity: '' }, 'identity', /1 to 255 octets/],
    [
      'a long identity',
      { bind: 'tcp://127.0.0.1:*', identity: 'é'.repeat(128) },
      'identity',
      /1 to 255 octets/,
    ],
    [
      'a thread that never sleeps',
      { bind: 'tcp://127.0.0.1:*', limits: { busyPollMs: 2_000 } },
      'limits.busyPollMs',
      /was given 2000; allowed: a time in milliseconds from 0 to 1000/,
    ],
    ['limits that are none', { bind: 'tcp://127.0.0.1:*', limits: 3 }, 'limits', /an object of limits/],
    [
      'a limit of nothing',
      { bind: 'tcp://127.0.0.1:*', limits: { maxBatchBytes: 0 } },
      'limits.maxBatchBytes',
      /was given 0; allowed: a whole number of at least 1 \(bytes\)/,
    ],
    [
      'an unknown limit',
      { bind: 'tcp://127.0.0.1:*', limits: { maxBatchByte: 1 } },
      'limits.maxBatchByte',
      /did you mean maxBatchBytes\?/,
    ],
    [
      'a clock without hands',
      { bind: 'tcp://127.0.0.1:*', clock: {} },
      'clock',
      /now\(\), time\(\), after\(delayMs, run\) and turn/,
    ],
    [
      'a time that is none',
      { bind: 'tcp://127.0.0.1:*', drainTimeoutMs: Number.NaN },
      'drainTimeoutMs',
      /0 to 2147483647 milliseconds/,
    ],
    ['trust that is no boolean', { bind: 'tcp://127.0.0.1:*', trusted: 'yes' }, 'trusted', /true or false/],
  ]

  it.each(refused)('refuses %s before any I/O', (_what, options, option, message) => {
    const error = refusal(() => new Pusher(anything(options)))
    expect(error.option).toBe(option)
    expect(error.message).toMatch(message)
  })

  it('refuses what is out of range in the options of each pattern', () => {
    const place = { bind: 'tcp://127.0.0.1:*' }
    expect(refusal(() => new Pusher({ ...place, highWaterMark: 0 })).message).toMatch(
      /highWaterMark was given 0; allowed: a whole number of at least 1 \(messages\)/,
    )
    expect(refusal(() => new Pusher(anything({ ...place, overflow: 'suspend' }))).message).toMatch(
      /'suspend'; allowed: one of 'drop-newest', 'drop-oldest'/,
    )
    expect(refusal(() => new Pusher(anything({ ...place, senders: 1 }))).message).toMatch(/no option senders/)
    expect(refusal(() => new Puller({ ...place, senders: 1.5 })).option).toBe('senders')
    expect(refusal(() => new Requester({ ...place, timeoutMs: 0 })).option).toBe('timeoutMs')
    expect(refusal(() => new Requester({ ...place, backoff: { factor: 0.5 } })).option).toBe('backoff.factor')
    expect(refusal(() => new Replier({ ...place, concurrency: -1 }, () => 0)).option).toBe('concurrency')
    expect(refusal(() => fireAndForget(anything({ highWatermark: 3 }))).message).toMatch(
      /^fireAndForget: there is no option highWatermark \(did you mean highWaterMark\?\)/,
    )
    expect(refusal(() => requestReply({ retries: -1 })).message).toMatch(
      /^requestReply: retries was given -1/,
    )
  })

  it('refuses a request that is out of range, before it is sent', async () => {
    await using context = new Context()
    await using requester = new Requester({ context, bind: 'memory://*' })
    await expect(requester.request(1, { timeoutMs: -1 })).rejects.toBeInstanceOf(OptionError)
    expect(requester.stats().accepted).toBe(0)
  })

  it('shows patterns with their options completed', () => {
    expect(fireAndForget().options).toEqual({
      highWaterMark: 1_000,
      overflow: 'drop-newest',
      maxBatchMessages: undefined,
    })
    expect(requestReply({ retries: 1 }).options).toMatchObject({
      timeoutMs: 30_000,
      retries: 1,
      inFlight: 'auto',
    })
    expect(Object.isFrozen(requestReply())).toBe(true)
  })
})

describe('a place', () => {
  it('is completed with defaults, and an identity of its own', () => {
    const site = siteOf({
      connect: 'tcp://127.0.0.1:1',
      limits: { maxPeers: 7, maxBatchBytes: undefined as never },
    })
    expect(site).toMatchObject({
      bind: [],
      connect: ['tcp://127.0.0.1:1'],
      trusted: false,
    })
    expect(site).toMatchObject({ senders: undefined, concurrency: 1, clock: systemClock })
    expect(site.limits).toEqual({ ...defaultLimits, maxPeers: 7 })
    expect(site.identity).toMatch(new RegExp(`^${process.pid}-[0-9a-f]{8}$`))
    expect(siteOf({ bind: 'tcp://127.0.0.1:*' }).identity).not.toBe(site.identity)
  })

  it('is the same after a way through the options of a class', () => {
    const site = siteOf({ bind: ['tcp://127.0.0.1:*'], identity: 'dryer/2', senders: 3, trusted: true })
    const again = siteOf(receiverOptionsAt(site))
    // Each class counts its own refusals, at ports of its own.
    expect({ ...again, ports: site.ports, refusals: site.refusals }).toEqual(site)
  })
})
