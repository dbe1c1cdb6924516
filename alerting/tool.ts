import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface ToolResult {
  readonly ok: boolean;
  /** What it said, on both streams. */
  readonly output: string;
}

/** Runs a command of Prometheus or Alertmanager. @throws when it is not installed */
export async function runTool(command: string, args: readonly string[]): Promise<ToolResult> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const [code] = (await once(child, 'close').catch((cause: unknown) => {
    throw new Error(
      `${command} could not be started (Debian: prometheus, prometheus-alertmanager)`,
      { cause },
    );
  })) as [number | null];
  return { ok: code === 0, output: output.trim() };
}
