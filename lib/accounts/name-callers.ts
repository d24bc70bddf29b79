import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { env } from '../env.ts';
import { clientAddress } from './rules/client-address.ts';

/**
 * Writes into every request, before anything reads it, who really called: Next takes a caller's own
 * `X-Forwarded-For` as it comes, and shows nobody the socket. Once a process.
 */
export function nameCallers(): void {
  const hops = env().TRUSTED_PROXY_HOPS;
  subscribe('http.server.request.start', (message) => {
    const { headers, socket } = (message as { request: IncomingMessage }).request;
    const { 'x-forwarded-for': told } = headers;
    headers['x-forwarded-for'] = clientAddress({
      socketAddress: socket.remoteAddress,
      forwardedFor: Array.isArray(told) ? told.join(',') : told,
      hops,
    });
  });
}
