import type { Target } from '../../config/target.js';
import { dial } from './dial.js';
import { encrypt } from './encrypt.js';

/** Length, and the code in the place of a version. */
const HEADER = Buffer.from([0, 0, 0, 16, 4, 210, 22, 46]);

export interface CancelOptions {
  readonly target: Target;
  /** The one that the connection was made to: its key is of use nowhere else. */
  readonly address: string;
  /** The body of BackendKeyData: process id and secret. */
  readonly key: Buffer;
  readonly timeoutMs: number;
}

/**
 * Asks the server to end what a connection is doing, on a connection of its own that is encrypted like
 * the first. Resolves to whether the request has been taken: the server closes the connection then. It has
 * nothing to say, and what says something is not listened to.
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
 */
export async function requestCancel(options: CancelOptions): Promise<boolean> {
  const { target, address, key, timeoutMs } = options;
  const interrupted = AbortSignal.timeout(timeoutMs);
  try {
    const { port, host, tls } = target;
    const dialled = await dial(address, port, interrupted);
    const { socket } = await encrypt(dialled.socket, host, tls, interrupted);
    return await new Promise<boolean>((resolve) => {
      interrupted.addEventListener('abort', () => socket.destroy(), { once: true });
      socket.once('end', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('close', () => resolve(false));
      socket.once('data', () => resolve(false));
      // As in wire.ts: it may be paused.
      socket.resume();
      socket.write(Buffer.concat([HEADER, key]));
    }).finally(() => socket.destroy());
  } catch {
    // It is tried again; the connection's own failure has been counted.
    return false;
  }
}
