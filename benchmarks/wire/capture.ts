import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { atExit } from '../../src/lab/at-exit.js';
import { findTool } from '../../test/helpers/tools.js';
import { until } from '../../test/helpers/until.js';
import { pairExchanges, type WireExchange } from './exchanges.js';
import { readPcap } from './pcap.js';

/** Enough for every request and answer here. */
const SNAP_BYTES = 2_048;
const BUFFER_KIB = 16_384;

/** Why packets cannot be captured here; null: they can. */
export function captureProblem(): string | null {
  if (findTool('tcpdump') === null) return 'tcpdump is missing (apt-get install tcpdump)';
  return process.getuid?.() === 0 ? null : 'only root may capture packets: run it with sudo';
}

/**
 * Runs `work` and returns the exchanges with this port of the loopback meanwhile, those that `select`
 * picks, once there are `expected` of them. tcpdump wakes up for every packet (immediate mode), which
 * is the harder case: when it reads in blocks, all clients err less (docs/accuracy.md).
 *
 * @throws Error when packets were dropped, or another number of exchanges was seen.
 */
export async function captureWhile<T>(
  port: number,
  work: () => Promise<T>,
  { select, expected }: { select: (all: WireExchange[]) => WireExchange[]; expected: number },
): Promise<{ value: T; exchanges: WireExchange[] }> {
  const capture = await startCapture(port);
  const seen = () => select(pairExchanges(readPcap(capture.bytes()), port));
  try {
    const value = await work();
    await until(() => seen().length >= expected, { everyMs: 100, what: 'the capture' }).catch(
      () => undefined,
    );
    const exchanges = seen();
    const dropped = await capture.stop();
    if (dropped !== 0) throw new Error(`tcpdump dropped packets (${dropped ?? 'unknown number'})`);
    if (exchanges.length !== expected) {
      throw new Error(`the wire saw ${exchanges.length} exchanges in place of ${expected}`);
    }
    return { value, exchanges };
  } finally {
    await capture.stop();
  }
}

async function startCapture(port: number) {
  const child = spawn(
    'tcpdump',
    [
      ...['-i', 'lo', '-n', '-w', '-', '-U', '-Z', 'root', '--immediate-mode'],
      ...['--time-stamp-precision=nano'],
      ...['-s', String(SNAP_BYTES), '-B', String(BUFFER_KIB), `ip and tcp port ${port}`],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const forgetExit = atExit(() => child.kill('SIGKILL'));
  const closed = once(child, 'close');
  const chunks: Buffer[] = [];
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const stop = async () => {
    child.kill('SIGINT');
    await closed;
    forgetExit();
    const [, dropped] = /^(\d+) packets? dropped by kernel/m.exec(said) ?? [];
    return dropped === undefined ? null : Number(dropped);
  };
  try {
    await until(
      () => {
        if (child.exitCode !== null) throw new Error(`tcpdump ended: ${said}`);
        return /listening on/.test(said);
      },
      { what: 'the capture', withinMs: 5_000 },
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { bytes: () => Buffer.concat(chunks), stop };
}
