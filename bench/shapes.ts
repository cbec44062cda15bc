/** The messages that benchmarks send: several shapes, so that nothing is tuned to one. */

export interface Shape {
  readonly name: string
  /** The n-th message of this shape. */
  make(n: number): unknown
}

const words = ['salad', 'bread', 'entree', 'dessert', 'crème brûlée', '寿司', 'пирог', '🍰']

/** Seventy-five octets in msgpack: the size of a typical job. */
const object: Shape = {
  name: 'object-75',
  make: (n) => ({
    id: n + 1_000_000,
    kind: words[n & 3],
    weight: n * 0.5 + 0.25,
    clean: true,
    by: 'washer',
    tags: ['kitchen', 'evening'],
  }),
}

/** A few small numbers: about twenty octets. */
const numbers: Shape = { name: 'numbers-20', make: (n) => [n, n & 0xff, n * 0.5, -n] }

/** About one kilobyte, nested, with text beyond ASCII. */
const nested: Shape = {
  name: 'nested-1k',
  make: (n) => ({
    id: n,
    customer: { name: words[n & 7], address: { street: 'Großer Hirschgraben', number: n & 127 } },
    courses: Array.from({ length: 12 }, (_, course) => ({
      course,
      title: `${words[(n + course) & 7]} ${course}`,
      price: course * 1.25,
      notes: ['hot', 'ohne Zwiebeln'],
    })),
  }),
}

const keys = Array.from({ length: 100 }, (_, key) => `field${key}`)

/** A map of a hundred keys. */
const wide: Shape = {
  name: 'map-100',
  make: (n) => Object.fromEntries(keys.map((key, index) => [key, n + index])),
}

const bytes = new Uint8Array(512).map((_, index) => index & 0xff)

/** Half a kilobyte of binary data. */
const binary: Shape = { name: 'bytes-512', make: () => bytes }

/** One after the other of the rest. */
const mixed: Shape = {
  name: 'mixed',
  make: (n) => [object, numbers, nested, binary][n & 3]?.make(n),
}

const block = new Uint8Array(64 * 1024).map((_, index) => index & 0xff)
const large = new Uint8Array(1024 * 1024).map((_, index) => index & 0xff)

export const shapes: ReadonlyMap<string, Shape> = new Map(
  [
    object,
    numbers,
    nested,
    wide,
    binary,
    mixed,
    { name: 'bytes-64k', make: () => block },
    { name: 'bytes-1m', make: () => large },
  ].map((shape) => [shape.name, shape]),
)

/** The shape of that name. Throws for one that is not there. */
export function shapeOf(name: string): Shape {
  const shape = shapes.get(name)
  if (shape === undefined) throw new Error(`no shape ${name}; there are ${[...shapes.keys()].join(', ')}`)
  return shape
}

/** A ring of messages made ahead, so that making them is not what is measured. */
export function ring(shape: Shape, size: number = 1_024): readonly unknown[] {
  return Array.from({ length: size }, (_, n) => shape.make(n))
}
