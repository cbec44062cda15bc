/** nats-server, with JetStream in a folder of its own. */
import { startServer } from './server.ts'
import type { Server } from './server.ts'

export function startNats(): Promise<Server> {
  return startServer('nats-server', (port, folder) => [
    '-a',
    '127.0.0.1',
    '-p',
    String(port),
    '-js',
    '-sd',
    folder,
    '-l',
    `${folder}/log`,
  ])
}
