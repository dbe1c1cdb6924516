import { spawn } from 'node:child_process';
import type { TestContext } from 'vitest';
import { requireTool } from './tools.js';
import { until } from './until.js';

export interface Capture {
  /** Ends it. Round trips of all connections together: how often the server's bytes followed the client's. */
  trips(): Promise<number>;
  stop(): void;
}

/** `1.5 IP 127.0.0.1.40000 > 127.0.0.1.6543: Flags [P.], seq 1:9, ack 1, win 512, length 8` */
const PACKET = /^\S+ IP 127\.0\.0\.1\.(\d+) > 127\.0\.0\.1\.(\d+): .*, length (\d+)/;

/** Skips the test, loudly, where packets cannot be seen: without root or without tcpdump. */
export function requireCapture(context: TestContext): void {
  requireTool(context, 'tcpdump', 'Debian: apt install tcpdump');
  if (process.getuid?.() === 0) return;
  console.warn(`\n*** SKIPPED, because tcpdump needs root: ${context.task.name} ***\n`);
  context.skip('tcpdump needs root');
}

/** What goes over the loopback interface to and from a port, from here on. */
export async function startCapture(port: number): Promise<Capture> {
  const filter = ['-B', '16384', '--immediate-mode', '-s', '96', `tcp port ${port}`];
  const child = spawn('tcpdump', ['-i', 'lo', '-nn', '-tt', '-S', '-l', ...filter]);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise((resolve) => child.once('close', resolve));
  await until(() => stderr.includes('listening on lo'), { what: `tcpdump (${stderr})` });
  return {
    async trips() {
      // Every connection that began has ended on both sides: nothing is on its way any more.
      await until(() => count(stdout, /\[S\.?\]/g) > 0 && openConnections(stdout) === 0, {
        what: 'the end of every connection',
      });
      child.kill('SIGINT');
      await ended;
      if (!/\b0 packets dropped by kernel/.test(stderr)) throw new Error(stderr);
      return turnsOf(stdout, port);
    },
    stop: () => void child.kill('SIGKILL'),
  };
}

function count(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].length;
}

/** Each side sends a FIN, or one of them a RST. */
function openConnections(text: string): number {
  const ends = new Map<string, Set<string>>();
  for (const line of text.split('\n')) {
    const [, from, to] = PACKET.exec(line) ?? [];
    if (from === undefined || to === undefined) continue;
    const key = [from, to].sort().join('-');
    const seen = ends.get(key) ?? new Set();
    ends.set(key, seen);
    if (/Flags \[F/.test(line)) seen.add(from);
    if (/Flags \[R/.test(line)) seen.add(from).add(to);
  }
  return [...ends.values()].filter(({ size }) => size < 2).length;
}

function turnsOf(text: string, port: number): number {
  const asking = new Set<string>();
  let turns = 0;
  for (const line of text.split('\n')) {
    const [, from, to, length] = PACKET.exec(line) ?? [];
    if (from === undefined || to === undefined || Number(length) === 0) continue;
    if (Number(to) === port) asking.add(from);
    else if (asking.delete(to)) turns += 1;
  }
  return turns;
}
