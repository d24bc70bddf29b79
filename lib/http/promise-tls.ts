import { subscribe } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';
import { env } from '../env.ts';

/**
 * Where creators come with TLS, every answer says that they always will (HSTS, a year, with
 * subdomains). Decided when a server starts, not when it was built. Once a process.
 */
export function promiseTls(): void {
  if (!env().APP_URL.startsWith('https:')) return;
  subscribe('http.server.request.start', (message) => {
    const { response } = message as { response: ServerResponse };
    response.setHeader('strict-transport-security', 'max-age=31536000; includeSubDomains');
  });
}
