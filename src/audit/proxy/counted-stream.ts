import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** A stream over a socket that counts how often an answer followed what was sent: round trips, whatever they hold. */
export interface CountedStream {
  readonly stream: Socket;
  trips(): number;
}

/** For the handshake of TLS only: never send the data of a connection through this. */
export function countTurns(socket: Socket): CountedStream {
  let trips = 0;
  let isAsking = false;
  const stream = new Duplex({
    read: () => void socket.resume(),
    write(chunk: Buffer, _, done) {
      isAsking = true;
      socket.write(chunk, done);
    },
    final: (done) => void socket.end(done),
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (chunk) => {
    if (isAsking) trips += 1;
    isAsking = false;
    if (!stream.push(chunk)) socket.pause();
  });
  socket.on('end', () => stream.push(null));
  socket.on('error', (error) => stream.destroy(error));
  socket.on('close', () => stream.destroy());
  Object.defineProperty(stream, 'bytesRead', { get: () => socket.bytesRead });
  return { stream: stream as unknown as Socket, trips: () => trips };
}
