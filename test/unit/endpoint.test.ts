import { Context, OptionError, systemPorts } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { Recorder } from '../support/port-recorder.ts'

function refusal(side: { bind?: string; connect?: string }): OptionError {
  try {
    new Recorder(new Context(), { shape: 'duplex', ...side })
  } catch (error) {
    if (error instanceof OptionError) return error
    throw error
  }
  throw new Error(`${side.bind ?? side.connect} was not refused`)
}

describe('an endpoint', () => {
  it.each([
    'jobs',
    '',
    'http://host:80',
    'tcp://',
    'tcp://host',
    'tcp://host:',
    'tcp://host:70000',
    'tcp://ho st:80',
    'tcp://a:b:1',
    'ipc://',
    'memory://',
    'memory://a b',
    'inproc://\n',
    'channel://*',
    'TCP://host:80',
  ])('is refused before any I/O when it is %j', (bind) => {
    const error = refusal({ bind })
    expect(error.option).toBe('bind')
    expect(error.message).toContain(`'${bind}'`)
    expect(error.message).toContain('allowed: ')
  })

  it.each(['tcp://host:*', 'tcp://host:0', 'memory://*', 'ipc://*', 'inproc://*'])(
    'cannot be connected to when it is the wildcard %s',
    (connect) => {
      expect(refusal({ connect }).option).toBe('connect')
    },
  )

  it('of a thread needs a hub of channels', () => {
    expect(refusal({ bind: 'channel://link' }).message).toContain('ChannelHub')
  })

  it('is refused as a whole when one of several is bad', () => {
    const open = () =>
      new Recorder(new Context(), { shape: 'pull', bind: ['tcp://127.0.0.1:*', 'tcp://nowhere'] })
    expect(open).toThrow("'tcp://nowhere'")
  })
})

describe('ports of the system', () => {
  it('ask for a context where a name lives in one', () => {
    const open = () => new Recorder(systemPorts, { shape: 'pull', bind: 'memory://jobs' })
    expect(open).toThrow(expect.objectContaining({ option: 'context' }))
    expect(open).toThrow(/a Context that both sides share/)
  })

  it('meet ports of any context on inproc', async () => {
    await using context = new Context()
    await using host = new Recorder(systemPorts, { shape: 'pull', bind: 'inproc://*' })
    const guest = new Recorder(context, { shape: 'push', connect: await host.endpoint() })
    guest.send(await guest.peer(), 'met')
    await host.until(() => host.texts().length === 1)
  })
})
