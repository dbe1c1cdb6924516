import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { messageOf } from '../../base/errors.js';
import type { Recorder } from '../count/recorder.js';
import { createBindingRemover } from './channel-binding.js';
import { negotiate, type Negotiated } from './negotiate.js';
import { pipe } from './pipe.js';
import { fatalError } from './startup.js';
import type { Upstream } from './upstream.js';

export interface SessionContext {
  readonly upstream: Upstream;
  readonly recorder: Recorder;
  /** For applications that ask for TLS; null: they are told that there is none. */
  readonly secureContext: SecureContext | null;
  readonly onCancel: () => void;
  /** The server could not be reached, or something came that is not PostgreSQL; a line for people. */
  readonly onFailure: (message: string) => void;
}

/** Serves one connection of the application: what it begins with, then everything as it comes. Never rejects. */
export async function serveSession(socket: Socket, context: SessionContext): Promise<void> {
  socket.on('error', () => undefined); // 'close' follows.
  try {
    const negotiated = await negotiate(socket, context.secureContext);
    if (negotiated === null) return;
    if (negotiated.kind === 'cancel') await forwardCancel(negotiated, context);
    else await join(negotiated, context);
  } catch (error) {
    context.onFailure(messageOf(error));
    socket.destroy();
  }
}

/** The server answers with the end of the connection, and so does the proxy. */
async function forwardCancel(
  { client, packet }: Negotiated,
  context: SessionContext,
): Promise<void> {
  context.onCancel();
  const server = await context.upstream.open().catch(() => null);
  if (server === null) return void client.destroy();
  server.on('error', () => undefined);
  server.on('close', () => client.destroy());
  server.on('end', () => client.end());
  server.resume();
  server.write(packet);
}

async function join(negotiated: Negotiated, context: SessionContext): Promise<void> {
  const { client, packet, rest, trips } = negotiated;
  const { upstream, recorder } = context;
  let server: Socket;
  try {
    server = await upstream.open();
  } catch (error) {
    const message = `the server cannot be reached: ${messageOf(error)}`;
    context.onFailure(message);
    client.end(fatalError(message));
    client.resume();
    return;
  }
  if (client.destroyed) return void server.destroy();
  const { trace, end } = recorder.connection(trips);
  pipe(client, server, { passed: trace.client });
  pipe(server, client, {
    passed: trace.server,
    ...(upstream.isEncrypted && { change: createBindingRemover().take }),
  });
  server.once('close', end);
  server.write(packet);
  if (rest.length > 0) {
    server.write(rest);
    trace.client(rest, performance.now());
  }
  client.resume();
  server.resume();
}
