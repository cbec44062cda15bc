import { describe, expect, it } from 'vitest'
import { OptionError } from '../../packages/core/src/errors.ts'
import { endpointFlags, endpointVariable, givenEndpoints } from '../../packages/core/src/run/endpoints.ts'

const links = ['washer:dryer', 'dryer:shelf']

describe('endpoints of links', () => {
  it('are read from flags', () => {
    expect({ ...endpointFlags(['washer:dryer=tcp://h:1,tcp://h:2', 'dryer:shelf=ipc:///a=b']) }).toEqual({
      'washer:dryer': 'tcp://h:1,tcp://h:2',
      'dryer:shelf': 'ipc:///a=b',
    })
  })

  it.each(['washer:dryer', '=tcp://h:1', 'washer:dryer='])('refuses the flag %s', (text) => {
    expect(() => endpointFlags([text])).toThrow(OptionError)
  })

  it('refuses a link that is given twice', () => {
    expect(() => endpointFlags(['a:b=tcp://h:1', 'a:b=tcp://h:2'])).toThrow(
      'endpoint was given twice for a:b',
    )
  })

  it('are read from the environment, after the option', () => {
    const environment = {
      SLUICE_ENDPOINT_WASHER_DRYER: 'tcp://h:1',
      SLUICE_ENDPOINT_DRYER_SHELF: 'tcp://h:2',
      SLUICE_ENDPOINT_OF_ANOTHER: 'nonsense',
    }
    const given = givenEndpoints(links, { 'dryer:shelf': ['tcp://h:3'] }, environment)
    expect(given.get('washer:dryer')?.endpoints).toEqual(['tcp://h:1'])
    expect(given.get('dryer:shelf')?.endpoints).toEqual(['tcp://h:3'])
    expect(given.get('washer:dryer')?.origin).toBe('SLUICE_ENDPOINT_WASHER_DRYER')
  })

  it('name their variable after the link', () => {
    expect(endpointVariable('pre-wash:dryer 2')).toBe('SLUICE_ENDPOINT_PRE_WASH_DRYER_2')
  })

  it('refuse a variable that two links share', () => {
    expect(() => givenEndpoints(['a-b:c', 'a:b-c'], {}, { SLUICE_ENDPOINT_A_B_C: 'tcp://h:1' })).toThrow(
      'could mean the links a-b:c and a:b-c',
    )
  })

  it('take the side that this host plays', () => {
    const given = givenEndpoints(links, { 'washer:dryer': 'bind:tcp://*:1, tcp://*:2' }, {})
    expect(given.get('washer:dryer')).toMatchObject({ endpoints: ['tcp://*:1', 'tcp://*:2'], side: 'bind' })
  })

  it('take a free port for each replica', () => {
    const given = givenEndpoints(links, { 'washer:dryer': 'tcp://127.0.0.1:*,tcp://127.0.0.1:*' }, {})
    expect(given.get('washer:dryer')?.endpoints).toHaveLength(2)
  })

  it.each([
    ['nothing', 'nothing', "was given 'nothing'"],
    ['no port', 'tcp://host', 'a host and a port'],
    ['memory', 'memory://x', 'allowed: tcp:// and ipc://'],
    ['twice the same', 'tcp://h:1,tcp://h:1', 'twice'],
  ])('refuse %s', (_, text, words) => {
    expect(() => givenEndpoints(links, { 'washer:dryer': text }, {})).toThrow(words)
  })

  it('refuse a link that the pipeline does not have', () => {
    expect(() => givenEndpoints(links, { 'washer:shelf': 'tcp://h:1' }, {})).toThrow(
      'endpoints names a link washer:shelf, which this pipeline does not have; allowed: washer:dryer, dryer:shelf',
    )
  })
})
