/** Two network namespaces with a cable between them that can be cut, made to lose packets, and made slow. */
import { spawnSync } from 'node:child_process'

/** Which way packets are lost: to the side `a`, to the side `b`, or to both. */
export type Towards = 'a' | 'b' | 'both'

const addresses = { a: '10.99.77.1', b: '10.99.77.2' } as const

/** Classic BPF on what arrives: pass (−1) when a random number is at least so large, else drop (2). */
function dropping(share: number): string {
  if (share >= 1) return '1,6 0 0 2'
  // The ancillary load of a random number.
  return `4,32 0 0 4294963256,53 0 1 ${Math.round(share * 2 ** 32)},6 0 0 4294967295,6 0 0 2`
}

function tried(command: string, ...args: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  return status === 0 ? undefined : (error?.message ?? stderr.trim())
}

function must(command: string, ...args: readonly string[]): void {
  const wrong = tried(command, ...args)
  if (wrong !== undefined) throw new Error(`${command} ${args.join(' ')}: ${wrong}`)
}

/** Reads `Tcp: RetransSegs` of a namespace. */
function retransmittedIn(side: string): number {
  const { stdout } = spawnSync('ip', ['netns', 'exec', side, 'cat', '/proc/net/snmp'], { encoding: 'utf8' })
  const [names = [], figures = []] = stdout
    .split('\n')
    .filter((line) => line.startsWith('Tcp:'))
    .map((line) => line.split(' '))
  return Number(figures[names.indexOf('RetransSegs')])
}

/** The cable and its two ends. */
export class Network implements Disposable {
  readonly a: string = `sluice-a-${process.pid}`
  readonly b: string = `sluice-b-${process.pid}`

  constructor() {
    for (const side of [this.a, this.b]) must('ip', 'netns', 'add', side)
    must('ip', '-n', this.a, 'link', 'add', 'cable', 'type', 'veth', 'peer', 'name', 'cable', 'netns', this.b)
    for (const [side, address] of [
      [this.a, addresses.a],
      [this.b, addresses.b],
    ] as const) {
      must('ip', '-n', side, 'addr', 'add', `${address}/24`, 'dev', 'cable')
      for (const device of ['lo', 'cable']) must('ip', '-n', side, 'link', 'set', device, 'up')
      must('tc', '-n', side, 'qdisc', 'add', 'dev', 'cable', 'clsact')
    }
  }

  /** Why this machine cannot have one, or undefined. */
  static lacks(): string | undefined {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'root on Linux'
    try {
      using network = new Network()
      network.lose('both', 0.5)
      network.slow('1mbit')
      return undefined
    } catch (error) {
      return `network namespaces, veth, tc with cls_bpf and tbf: ${(error as Error).message}`
    }
  }

  /** Where the side `a` listens. */
  get listenAt(): string {
    return `tcp://${addresses.a}:*`
  }

  /** Pulls the plug. */
  cut(): void {
    must('ip', '-n', this.b, 'link', 'set', 'cable', 'down')
  }

  /** Plugs it in again, and loses nothing any more. */
  heal(): void {
    must('ip', '-n', this.b, 'link', 'set', 'cable', 'up')
    for (const side of [this.a, this.b]) tried('tc', '-n', side, 'filter', 'del', 'dev', 'cable', 'ingress')
  }

  /** Loses a share of the packets where they arrive: who sent them would be told of what is lost where it leaves. */
  lose(towards: Towards, share: number): void {
    const bytecode = dropping(share)
    for (const side of towards === 'both' ? [this.a, this.b] : [towards === 'a' ? this.a : this.b]) {
      const filter = ['filter', 'replace', 'dev', 'cable', 'ingress', 'pref', '1', 'handle', '1', 'bpf', 'da']
      must('tc', '-n', side, ...filter, 'bytecode', bytecode)
    }
  }

  /** Segments that TCP had to send again, on both sides: whether anything was lost at all. */
  retransmitted(): number {
    return [this.a, this.b].map(retransmittedIn).reduce((sum, one) => sum + one, 0)
  }

  /** Lets no more than so much through, either way. */
  slow(rate: string): void {
    for (const side of [this.a, this.b]) {
      const shape = ['rate', rate, 'burst', '16k', 'latency', '400ms']
      must('tc', '-n', side, 'qdisc', 'replace', 'dev', 'cable', 'root', 'tbf', ...shape)
    }
  }

  [Symbol.dispose](): void {
    for (const side of [this.a, this.b]) tried('ip', 'netns', 'del', side)
  }
}
