/** redis-server, in memory only. */
import { startServer } from './server.ts'
import type { Server } from './server.ts'

export function startRedis(): Promise<Server> {
  return startServer('redis-server', (port, folder) => [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder],
    ...['--save', '', '--appendonly', 'no', '--loglevel', 'warning'],
  ])
}
