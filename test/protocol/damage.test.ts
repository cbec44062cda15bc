/**
 * Every truncation and every flipped bit of every golden message, and every hostile vector in every place, sent by a plain socket to
 * each of ours. What each is to be taken for is what a second reader of the protocol says.
 */
import { deepStrictEqual } from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Consumer, Producer, Pusher, Replier, Requester } from '@sluice/patterns'
import { describe, expect, test } from 'vitest'
import { eventually } from '../support/by-hand.ts'
import { Attacker } from '../support/damage/attack.ts'
import type { Blow } from '../support/damage/attack.ts'
import { blowsOfConversations, blowsOfVectors, judgedVectors, placesOf } from '../support/damage/blows.ts'
import { damageCases, judgedCases, vectorCases } from '../support/damage/damage.ts'
import { Victim } from '../support/damage/victim.ts'

const anyPort = 'tcp://127.0.0.1:*'

test('SEC-5 the vectors of damage say what the protocol says', () => {
  deepStrictEqual(damageCases(), judgedCases())
  deepStrictEqual(vectorCases(), judgedVectors(placesOf(damageCases())))
})

describe.each(placesOf(damageCases()))('SEC-5 SEC-8 a $class that does $side', (place) => {
  const ofConversations = blowsOfConversations(place)
  const ofVectors = blowsOfVectors(place)

  test(`refuses or takes ${ofConversations.length} damaged golden messages as it must, and goes on`, async () => {
    expect(ofConversations.length).toBeGreaterThan(100)
    expect(new Set(ofConversations.map(({ verdict }) => verdict)).size).toBeGreaterThan(1)
    await attack(place, ofConversations)
  })

  test(`refuses or takes ${ofVectors.length} hostile vectors in their places as it must, and goes on`, async () => {
    await attack(place, ofVectors)
  })

  // A producer gets nothing but args, which are read in the same way whoever sends them.
  if (place.class === 'Producer') return

  test('takes no more from a process that is trusted than text that is not UTF-8, and goes on', async () => {
    await attack(place, ofVectors, true)
  })
})

test('SEC-5 a verdict that is not kept is noticed', async () => {
  await using victim = new Victim('Puller', { bind: anyPort }, false)
  using attacker = Attacker.pushing(await victim.endpoint())
  const blow = {
    what: 'a blow',
    before: [],
    golden: [Buffer.from('c1', 'hex')],
    at: 0,
    harm: (frame: Buffer) => frame,
  }
  await attacker.strike(victim, [{ ...blow, verdict: 'x' }])
  await expect(attacker.strike(victim, [{ ...blow, verdict: '.' }])).rejects.toThrow('refused by "ENV-7"')
  const good = { ...blow, golden: [Buffer.from('01', 'hex')] }
  await expect(attacker.strike(victim, [{ ...good, verdict: 'x' }])).rejects.toThrow('counted 0 times')
})

type Place = ReturnType<typeof placesOf>[number]

/** A producer is struck one blow at a time, with a few round trips each: several of them are struck at once. */
const lanes = 4

/** Strikes victims with everything, and has each serve the next good message of another peer. */
async function attack(place: Place, blows: readonly Blow[], trusted = false): Promise<void> {
  const count = place.class === 'Producer' ? lanes : 1
  const parts = Array.from({ length: count }, (_, lane) => blows.filter((_blow, at) => at % count === lane))
  await Promise.all(parts.map((part) => attackOne(place, part, trusted)))
}

async function attackOne(place: Place, blows: readonly Blow[], trusted: boolean): Promise<void> {
  if (place.class === 'Pusher') throw new TypeError('nobody sends to a pusher')
  if (place.side === 'bind') {
    await using victim = new Victim(place.class, { bind: anyPort }, trusted)
    const endpoint = await victim.endpoint()
    using attacker = place.class === 'Puller' ? Attacker.pushing(endpoint) : Attacker.dealing(endpoint)
    await strike(attacker, victim, blows, false)
    await greet(victim, endpoint)
    return
  }
  const { attacker, endpoint } = await Attacker.routing()
  using _attacker = attacker
  const folder = await mkdtemp(join(tmpdir(), 'sluice-damage-'))
  const elsewhere = `ipc://${folder}/good`
  await using victim = new Victim(place.class, { connect: [endpoint, elsewhere] }, trusted)
  if (victim.kind === 'Requester') void victim.request('never answered').catch(() => undefined)
  await attacker.met()
  await strike(attacker, victim, blows, true)
  await serve(victim, elsewhere)
  await rm(folder, { recursive: true })
}

/** A good peer comes to a victim that is bound. */
async function greet(victim: Victim, connect: string): Promise<void> {
  switch (victim.kind) {
    case 'Puller': {
      await using pusher = new Pusher({ connect })
      await pusher.ready()
      await pusher.send('good')
      return await handed(victim)
    }
    case 'Replier': {
      await using requester = new Requester({ connect })
      expect(await requester.request('good')).toBe('good')
      return
    }
    case 'Consumer': {
      await using producer = new Producer({ connect })
      await producer.send('good')
      return await handed(victim)
    }
    default:
      return taken(new Consumer({ connect }))
  }
}

/** A good peer binds where a victim has been trying to connect to. */
async function serve(victim: Victim, bind: string): Promise<void> {
  switch (victim.kind) {
    case 'Requester': {
      await using _replier = new Replier({ bind }, (value) => value)
      // Before, its only peer is the attacker, who does not answer.
      await eventually(() => victim.peers === 2)
      expect(await victim.request('good')).toBe('good')
      return
    }
    case 'Consumer': {
      await using producer = new Producer({ bind })
      await producer.send('good')
      return await handed(victim)
    }
    default:
      return taken(new Consumer({ bind }))
  }
}

async function handed(victim: Victim): Promise<void> {
  await eventually(() => victim.handed.includes('good'))
}

/** A producer sends numbers without end. */
async function taken(consumer: Consumer): Promise<void> {
  await using _consumer = consumer
  for await (const value of consumer) {
    expect(value).toBeTypeOf('number')
    return
  }
}

async function strike(
  attacker: Attacker,
  victim: Victim,
  blows: readonly Blow[],
  connects: boolean,
): Promise<void> {
  if (victim.kind !== 'Producer') return attacker.strike(victim, blows)
  for (const blow of blows) await attacker.strikeProducer(victim, blow, connects)
}
