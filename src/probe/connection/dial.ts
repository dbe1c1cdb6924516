import net, { type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

export interface Dialled {
  readonly socket: Socket;
  readonly address: string;
  readonly tcpMs: number;
}

/** Idle for so long, a connection tells the routers on its path that it lives. */
const KEEP_ALIVE_AFTER_MS = 30_000;

/**
 * The TCP handshake with one address; where that is a directory, the connection to the Unix socket in it, whose
 * name is PostgreSQL's.
 *
 * @throws the socket's error, or the signal's reason; nothing is left open then.
 */
export function dial(
  address: string,
  port: number,
  interrupted: AbortSignal,
  { keepAlive = true } = {},
): Promise<Dialled> {
  return new Promise((resolve, reject) => {
    interrupted.throwIfAborted();
    const startedAt = performance.now();
    const socket = net.connect({
      ...(address.startsWith('/')
        ? { path: `${address}/.s.PGSQL.${port}` }
        : { host: address, port }),
      noDelay: true,
      keepAlive,
      keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS,
    });
    const give = (error: Error) => {
      stop();
      socket.destroy();
      reject(error);
    };
    const onAbort = () => give(interrupted.reason as Error);
    const stop = () => {
      interrupted.removeEventListener('abort', onAbort);
      socket.off('error', give);
    };
    interrupted.addEventListener('abort', onAbort, { once: true });
    socket.once('error', give);
    socket.once('connect', () => {
      stop();
      resolve({ socket, address, tcpMs: performance.now() - startedAt });
    });
    // A destroyed socket may still report an error.
    socket.on('error', () => undefined);
  });
}
