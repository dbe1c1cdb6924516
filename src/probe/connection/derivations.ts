import { performance } from 'node:perf_hooks';

/**
 * The key derivation of SCRAM takes one of the four threads that the runtime has for the whole process. A
 * server names the number of iterations, so a few servers could take every thread for as long as a deadline,
 * and then nobody else could log in. Connections whose servers ask for many take turns.
 */

/** Node-postgres's own limit; some 50 ms of a processor. What is below begins at once. */
const MANY = 100_000;
/** A second of a processor. A server that asks for fewer does not wait for one that asks for more. */
const VERY_MANY = 1_000_000;
/** A slow processor's rate: a derivation whose connection has ended takes no longer. */
const ITERATIONS_PER_MS = 200;

/** The turns of one connection. */
export interface DerivationTurn {
  /** Looks at an authentication request, before `pass` has it. */
  notice(body: Buffer): void;
  /** Delivers messages: at once, or when this connection has its turn. */
  pass(messages: Buffer): void;
  /** The client has answered: its derivation has ended. */
  answered(): void;
  /** The connection has ended; a derivation that is under way goes on. */
  closed(): void;
  /** How long it has waited for its turn, in milliseconds. */
  waitedMs(): number;
}

/** `deliver` must not throw. */
export function createDerivationTurn(deliver: (messages: Buffer) => void): DerivationTurn {
  let iterations = 0;
  let waiting: Buffer[] | null = null;
  let waitedMs = 0;
  let isClosed = false;
  let release: (() => void) | null = null;

  const answered = () => {
    release?.();
    release = null;
  };
  const waitIn = async (lane: Lane, asked: number) => {
    const askedAt = performance.now();
    release = await lane.enter(asked);
    waitedMs += performance.now() - askedAt;
    const messages = Buffer.concat(waiting ?? []);
    waiting = null;
    if (isClosed) answered();
    else deliver(messages);
  };

  return {
    notice: (body) => void (iterations = iterationsOf(body)),
    pass(messages) {
      const asked = iterations;
      iterations = 0;
      if (waiting !== null) waiting.push(messages);
      else if (asked <= MANY) deliver(messages);
      else {
        waiting = [messages];
        void waitIn(asked <= VERY_MANY ? many : veryMany, asked);
      }
    },
    answered,
    closed() {
      isClosed = true;
      if (release !== null) setTimeout(answered, VERY_MANY / ITERATIONS_PER_MS).unref();
    },
    waitedMs: () => waitedMs,
  };
}

interface Lane {
  /** One at a time, the fewest iterations first. @returns what lets the next one in. */
  enter(iterations: number): Promise<() => void>;
}

function createLane(): Lane {
  let isTaken = false;
  const queue: { iterations: number; start: () => void }[] = [];
  const leave = () => {
    const next = queue.shift();
    if (next === undefined) isTaken = false;
    else next.start();
  };
  return {
    enter(iterations) {
      return new Promise((resolve) => {
        const start = () => resolve(leave);
        if (isTaken) {
          queue.push({ iterations, start });
          queue.sort((a, b) => a.iterations - b.iterations);
          return;
        }
        isTaken = true;
        start();
      });
    },
  };
}

/** For all connections of this thread: the pool is the process's. */
const many = createLane();
const veryMany = createLane();

/** AuthenticationSASLContinue. */
const SASL_CONTINUE = 11;

/**
 * The iterations that an authentication request asks for; 0: none.
 * https://www.rfc-editor.org/rfc/rfc5802#section-5.1 (the attribute `i`)
 */
function iterationsOf(body: Buffer): number {
  if (body.readInt32BE(0) !== SASL_CONTINUE) return 0;
  return Number(/,i=(\d+)/.exec(body.toString('latin1', 4))?.[1] ?? 0);
}
