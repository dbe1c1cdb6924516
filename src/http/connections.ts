import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { TIME_LIMITS } from './limits.js';

export interface Connections {
  /**
   * To be called at each request, before it is answered.
   *
   * @returns whether it is to be answered: not while its connection still waits for an earlier answer.
   */
  enter(req: IncomingMessage, res: ServerResponse): boolean;
}

/** Of the room: connections that have never asked take no more of it from those that have. */
const MUTE_SHARE = 1 / 2;
/** Requests of one connection that are refused because it asks before it has its answer; then it is let go. */
const MAX_REFUSED = 8;

interface Connection {
  /** Requests that are not answered to the last byte. */
  requests: number;
  /** Answers that are complete here, and that the caller has not read. */
  unread: number;
  /** When the oldest of these was complete. */
  unreadSince: number;
  /** Whether a whole request ever came. */
  hasAsked: boolean;
}

/**
 * Keeps a server's connections below `max`. When there is one too many, the one that has been silent the
 * longest is let go; after these, one that does not read its answer. Those that have never asked go first
 * when they are more than half. So a caller that asks at once is answered, and a scraper keeps its connection,
 * however many others say nothing. `refusal` is sent to one that has never asked.
 */
export function limitConnections(
  server: Server,
  { max, refusal, onShed }: { max: number; refusal: string; onShed: () => void },
): Connections {
  // In the order in which they fell silent.
  const all = new Map<Socket, Connection>();

  const letGo = (socket: Socket, { hasAsked, unread }: Connection) => {
    onShed();
    all.delete(socket);
    if (!hasAsked) socket.write(refusal);
    // What waits for a reader is dropped, in the kernel too.
    if (unread > 0) socket.resetAndDestroy();
    else socket.destroy();
  };
  const makeRoom = () => {
    const areMostMute = count(all, isMute) > max * MUTE_SHARE;
    const found =
      (areMostMute ? first(all, isMute) : undefined) ??
      first(all, ({ requests }) => requests === 0) ??
      first(all, ({ requests, unread }) => requests === unread) ??
      [...all].at(-1);
    if (found !== undefined) letGo(...found);
  };
  const sweep = setInterval(() => {
    const before = performance.now() - TIME_LIMITS.drain;
    for (const [socket, it] of all) if (it.unread > 0 && it.unreadSince < before) letGo(socket, it);
  }, TIME_LIMITS.check).unref();

  server.on('connection', (socket: Socket) => {
    all.set(socket, { requests: 0, unread: 0, unreadSince: 0, hasAsked: false });
    socket.once('close', () => all.delete(socket));
    if (all.size > max) makeRoom();
  });
  server.once('close', () => clearInterval(sweep));

  return {
    enter(req, res) {
      const { socket } = req;
      const it = all.get(socket);
      if (it === undefined) return false;
      it.requests += 1;
      if (it.requests > 1 + MAX_REFUSED) {
        letGo(socket, it);
        return false;
      }
      it.hasAsked = true;
      let isUnread = false;
      res.once('prefinish', () => {
        isUnread = true;
        it.unread += 1;
        if (it.unread === 1) it.unreadSince = performance.now();
      });
      res.once('close', () => {
        it.requests -= 1;
        if (isUnread) it.unread -= 1;
        // Now it is the one that fell silent last.
        if (all.delete(socket)) all.set(socket, it);
      });
      return it.requests === 1;
    },
  };
}

function isMute({ hasAsked }: Connection): boolean {
  return !hasAsked;
}

function count<V>(map: ReadonlyMap<unknown, V>, fits: (value: V) => boolean): number {
  let found = 0;
  for (const value of map.values()) if (fits(value)) found += 1;
  return found;
}

function first<K, V>(map: ReadonlyMap<K, V>, fits: (value: V) => boolean): [K, V] | undefined {
  for (const entry of map) if (fits(entry[1])) return entry;
  return undefined;
}
