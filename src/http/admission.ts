import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { RESERVED_PATHS, type HttpLimits } from './limits.js';
import { createTurns } from './turns.js';

const MS_PER_SECOND = 1_000;
const UNLIMITED = 1e9;

/** So many at once, and so many a second. */
interface Share {
  /** @returns how to leave; null: it is full. */
  enter(): (() => void) | null;
}

/**
 * Lets requests through to `app` as long as there is room. The others are shed: each with `shed`, which
 * costs next to nothing. /metrics and /healthz have shares of their own.
 */
export function admit(
  app: RequestListener,
  options: {
    readonly limits: HttpLimits;
    /** The paths that are told apart; all others are one. */
    readonly paths: readonly string[];
    readonly shed: (req: IncomingMessage, res: ServerResponse) => void;
  },
): RequestListener {
  const { limits, paths, shed } = options;
  const all = createShare(limits.requests, limits.requestsPerSecond);
  const { requests, requestsPerSecond } = limits.reserved;
  const shares = new Map<string, Share>([
    ...paths.map((path) => [path, within(all, createShare(limits.requestsOfPath))] as const),
    ...RESERVED_PATHS.map((path) => [path, createShare(requests, requestsPerSecond)] as const),
  ]);
  const others = within(all, createShare(limits.requestsOfPath));
  const inTurn = createTurns();
  return (req, res) => {
    const path = pathOf(req);
    const leave = (shares.get(path) ?? others).enter();
    if (leave === null) {
      shed(req, res);
      return;
    }
    // An answer that waits for its reader takes memory of the kernel and nothing here.
    res.once('prefinish', leave).once('close', leave);
    if (RESERVED_PATHS.includes(path)) app(req, res);
    else
      inTurn(() => {
        // Its caller may have gone while it waited; nothing would end a run that begins now.
        if (!res.destroyed) app(req, res);
      });
  };
}

/** As Express matches its routes: in any case, with a slash at the end or without. */
export function pathOf({ url = '/' }: Pick<IncomingMessage, 'url'>): string {
  const [path = '/'] = url.split('?', 1);
  return path.toLowerCase().replace(/(?<=.)\/$/, '');
}

function createShare(atOnce: number, perSecond = UNLIMITED): Share {
  let inside = 0;
  let room = perSecond;
  let filledAt = performance.now();
  return {
    enter() {
      const now = performance.now();
      room = Math.min(perSecond, room + ((now - filledAt) / MS_PER_SECOND) * perSecond);
      filledAt = now;
      if (inside >= atOnce || room < 1) return null;
      inside += 1;
      room -= 1;
      let isInside = true;
      return () => {
        if (isInside) inside -= 1;
        isInside = false;
      };
    },
  };
}

/** Room in both is needed. */
function within(outer: Share, inner: Share): Share {
  return {
    enter() {
      const leaveInner = inner.enter();
      if (leaveInner === null) return null;
      const leaveOuter = outer.enter();
      if (leaveOuter === null) {
        leaveInner();
        return null;
      }
      return () => {
        leaveInner();
        leaveOuter();
      };
    },
  };
}
