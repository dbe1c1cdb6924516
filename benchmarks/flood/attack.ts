import { Agent, get } from 'node:http';
import { connect } from 'node:net';

/**
 * The callers, in a process of their own: `node attack.ts <url> <JSON of an Attack>`. They go on until a message comes,
 * then say what became of them as a message.
 */
export interface Attack {
  /** Connections that say nothing. */
  readonly idle: number;
  /** Connections with half a request. */
  readonly half: number;
  /** Connections that ask much and read nothing. */
  readonly unread: number;
  readonly paths: readonly string[];
  /** Of each path. */
  readonly requestsPerSecond: number;
}

export interface Outcome {
  readonly seconds: number;
  readonly connections: number;
  readonly requests: number;
  /** How often each status came; `error`: none did. */
  readonly statuses: Record<string, number>;
}

/** One that was let go of comes again after this. */
const AGAIN_AFTER_MS = 20_000;
/** New connections at once, so that the kernel's queue of them is not what refuses. */
const OPEN_EVERY_MS = 5;
const OPEN_AT_ONCE = 25;
const REQUEST_TIMEOUT_MS = 10_000;

const [, , url = '', json = ''] = process.argv;
const attack = JSON.parse(json) as Attack;
const { hostname, port } = new URL(url);
const startedAt = performance.now();
const outcome = { connections: 0, requests: 0, statuses: {} as Record<string, number> };

interface Call {
  readonly text: string;
  readonly reads: boolean;
}
const HALF = 'GET /api/info HTTP/1.1\r\nHost: x\r\n';
const kinds: readonly [number, Call][] = [
  [attack.idle, { text: '', reads: true }],
  [attack.half, { text: HALF, reads: true }],
  [attack.unread, { text: `${HALF}\r\n`.replace('api/info', 'metrics').repeat(40), reads: false }],
];
const waiting = kinds.flatMap(([count, call]) => Array.from({ length: count }, () => call));

function open(call: Call): void {
  outcome.connections++;
  const socket = connect(Number(port), hostname, () => {
    if (call.text !== '') socket.write(call.text);
  });
  if (call.reads) socket.resume();
  else socket.pause();
  socket.on('error', () => undefined);
  socket.once('close', () => setTimeout(() => waiting.push(call), AGAIN_AFTER_MS));
}

setInterval(() => waiting.splice(0, OPEN_AT_ONCE).forEach(open), OPEN_EVERY_MS);

const count = (what: string | number) =>
  (outcome.statuses[what] = (outcome.statuses[what] ?? 0) + 1);

for (const path of attack.paths) {
  const agent = new Agent({ keepAlive: true, maxSockets: 8, maxFreeSockets: 8 });
  let sent = 0;
  const send = () => {
    sent++;
    outcome.requests++;
    const request = get(url + path, { agent, timeout: REQUEST_TIMEOUT_MS }, (response) => {
      count(response.statusCode ?? 'error');
      response.resume();
      response.on('error', () => undefined);
    });
    request.on('error', () => count('error'));
    request.on('timeout', () => request.destroy());
  };
  setInterval(() => {
    const due = Math.floor(((performance.now() - startedAt) / 1_000) * attack.requestsPerSecond);
    while (sent < due) send();
  }, 10);
}

process.once('message', () => {
  const seconds = (performance.now() - startedAt) / 1_000;
  process.send?.({ ...outcome, seconds } satisfies Outcome, () => process.exit(0));
});
