import { createServer, type RequestListener } from 'node:http';
import { limitConnections } from './connections.js';
import { TIME_LIMITS } from './limits.js';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

export interface HttpServer {
  readonly port: number;
  /** Takes no more connections, and ends those that are still open after the grace. */
  close(graceMs: number): Promise<void>;
}

/**
 * Listens.
 *
 * @param host an address; null: every one, IPv6 and IPv4.
 * @param port 0: any free one.
 * @param onClientError answers what is no request.
 * @throws the system's error when the port is taken or not allowed.
 */
export function listen(
  app: RequestListener,
  {
    host,
    port,
    onClientError,
    connections,
  }: {
    host: string | null;
    port: number;
    onClientError: (error: Error, socket: Duplex) => void;
    connections: {
      max: number;
      refusal: string;
      onShed: () => void;
      /** Answers a request whose connection still waits for an earlier answer. */
      refuse: RequestListener;
    };
  },
): Promise<HttpServer> {
  const server = createServer({
    headersTimeout: TIME_LIMITS.headers,
    requestTimeout: TIME_LIMITS.request,
    connectionsCheckingInterval: TIME_LIMITS.check,
  }).on('clientError', onClientError);
  const limited = limitConnections(server, connections);
  server.on('request', (req, res) => {
    if (limited.enter(req, res)) app(req, res);
    else connections.refuse(req, res);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host !== null && { host }) }, () => {
      server.off('error', reject);
      resolve({ port: (server.address() as AddressInfo).port, close });
    });
  });

  function close(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const impatience = setTimeout(() => server.closeAllConnections(), graceMs);
      server.close(() => {
        clearTimeout(impatience);
        resolve();
      });
      server.closeIdleConnections();
    });
  }
}
