import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';

/** Whether a child has started and not ended yet. */
export function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/**
 * Ends a child: sends the first signal, and each next one when the child still runs after `graceMs`
 * milliseconds. The last should be SIGKILL. Returns when the child is gone; one that has ended
 * already is left alone.
 */
export async function endChild(
  child: ChildProcess,
  signals: readonly NodeJS.Signals[],
  graceMs: number,
): Promise<void> {
  if (!isRunning(child)) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let next = 0;
  const escalate = () => {
    const signal = signals[next];
    next += 1;
    if (signal !== undefined) child.kill(signal);
  };
  escalate();
  const timer = setInterval(escalate, graceMs);
  await gone;
  clearInterval(timer);
}

/** Reads lines from a stream for as long as it lasts, and keeps the latest ones. */
export function keepLastLines(stream: Readable, keep: number, onLine?: (line: string) => void) {
  const lines: string[] = [];
  createInterface({ input: stream }).on('line', (line) => {
    lines.push(line);
    if (lines.length > keep) lines.shift();
    onLine?.(line);
  });
  return lines;
}
