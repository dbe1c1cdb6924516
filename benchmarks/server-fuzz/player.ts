import type { Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import type { Step } from './mutations/mutation.js';

const MIB = 1_048_576;

/** Does the steps; ends early when the client has left. Returns whether the conversation may go on. */
export async function play(socket: Socket, steps: readonly Step[]): Promise<boolean> {
  for (const step of steps) {
    if (!socket.writable) return false;
    if ('send' in step) socket.write(step.send);
    else if ('pauseMs' in step) await (step.pauseMs > 0 ? delay(step.pauseMs) : nextTurn());
    else if ('flood' in step) await flood(socket, step.flood, step.mib);
    else {
      if (step.end === 'fin') socket.end();
      else reset(socket);
      return false;
    }
  }
  return socket.writable;
}

async function flood(socket: Socket, bytes: Buffer, mib: number): Promise<void> {
  for (let sent = 0; sent < mib * MIB && socket.writable; sent += bytes.length) {
    if (socket.write(bytes)) continue;
    await new Promise<void>((resolve) => {
      const go = () => {
        socket.off('drain', go).off('close', go);
        resolve();
      };
      socket.on('drain', go).on('close', go);
    });
  }
}

function reset(socket: Socket): void {
  // A TLS socket has no RST of its own; its end without a goodbye is as rude.
  if ('encrypted' in socket) socket.destroy();
  else socket.resetAndDestroy();
}
