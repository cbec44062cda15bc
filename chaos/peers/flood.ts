/** A crowd that does not belong: connections that say nothing, that say nonsense, that have the wrong key, or that never stay. */
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { setPriority } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { Context, curveKeyPair, Dealer } from 'zeromq'
import { play, tell } from '../harness/child.ts'

/** How many of one kind are under way at once. */
const atOnce = 50

/** Keys that are tried at once: each costs the bound side about half a millisecond of its I/O thread. */
const keysAtOnce = 20

await play(async ({ endpoint, crowd }) => {
  // Strangers have machines of their own: here they take what the others leave.
  setPriority(19)
  const { silent = 0, garbage = 0, keys = 0 } = crowd ?? {}
  const { hostname, port } = new URL(endpoint)
  const dial = async (): Promise<Socket | undefined> => {
    const socket = connect(Number(port), hostname)
    socket.on('error', () => undefined)
    await Promise.race([seen(socket, 'connect'), seen(socket, 'close')])
    return socket.destroyed ? undefined : socket
  }
  const counts = { silent: 0, garbage: 0, keys: 0, loops: 0 }
  void loop(dial, counts)
  for (let n = 0; n < silent; n++) void stay(dial, counts)
  await waves(garbage, atOnce, () => babble(dial, counts))
  const context = new Context({ maxSockets: 4_096, blocky: false })
  await waves(keys, keysAtOnce, () => knock(context, endpoint, counts))
  tell({ done: counts })
  // The silent and those that come and go stay on until this process is ended.
  await new Promise(() => undefined)
})

type Counts = Record<'silent' | 'garbage' | 'keys' | 'loops', number>
type Dial = () => Promise<Socket | undefined>

/** An error is followed by the end, which is all that matters here. */
function seen(socket: Socket, event: 'connect' | 'close'): Promise<void> {
  return new Promise((resolve) => void socket.once(event, () => resolve()))
}

async function waves(many: number, width: number, one: () => Promise<void>): Promise<void> {
  for (let begun = 0; begun < many; begun += width) {
    await Promise.all(Array.from({ length: Math.min(width, many - begun) }, one))
  }
}

/** Comes and goes for as long as there is a process. */
async function loop(dial: Dial, counts: Counts): Promise<void> {
  for (;;) {
    const socket = await dial()
    socket?.destroy()
    counts.loops++
    await sleep(1)
  }
}

/** Says nothing; when it is cut off, it comes back. */
async function stay(dial: Dial, counts: Counts): Promise<void> {
  for (;;) {
    const socket = await dial()
    counts.silent++
    if (socket === undefined) await sleep(100)
    else await seen(socket.resume(), 'close')
  }
}

async function babble(dial: Dial, counts: Counts): Promise<void> {
  const socket = await dial()
  counts.garbage++
  if (socket === undefined) return
  socket.resume().end(crypto.getRandomValues(new Uint8Array(128)))
  await seen(socket, 'close')
}

/** Speaks CURVE rightly with a key that nobody knows; libzmq does not try again after it was refused. */
async function knock(context: Context, endpoint: string, counts: Counts): Promise<void> {
  const { publicKey, secretKey } = curveKeyPair()
  const socket = new Dealer({
    context,
    linger: 0,
    curvePublicKey: publicKey,
    curveSecretKey: secretKey,
    curveServerKey: process.env['SLUICE_CURVE_SERVER_KEY'] ?? null,
  })
  const refused = new Promise<void>((resolve) => socket.events.on('handshake:error:auth', () => resolve()))
  socket.connect(endpoint)
  await refused
  counts.keys++
  socket.close()
}
