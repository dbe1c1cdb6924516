import { createServer, type RequestListener } from 'node:http';
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
  }: {
    host: string | null;
    port: number;
    onClientError: (error: Error, socket: Duplex) => void;
  },
): Promise<HttpServer> {
  const server = createServer(app).on('clientError', onClientError);
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
