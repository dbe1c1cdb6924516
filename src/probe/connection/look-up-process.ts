import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { createInterface } from 'node:readline';

/**
 * The system's resolver, in processes of its own. In this process a look-up takes a thread of libuv's
 * pool, of which two at most look names up: two names whose resolver hangs would stop every other look-up.
 */
export interface LookUpProcess {
  /**
   * The addresses of a name in the order in which the system prefers them; empty: it has none. It takes
   * as long as the system's resolver does.
   *
   * @throws Error when there is no `sh` or no `getent` on this machine.
   */
  lookUp(name: string): Promise<string[]>;
  close(): void;
}

/**
 * A shell that reads `id name` and answers `id address …`, each look-up in a child of its own. Starting a
 * program from here would block the probe's thread for milliseconds; a shell is smaller and not in the way.
 * `jobs` lets the shell bury the children that have ended.
 */
const SCRIPT = `command -v getent >/dev/null || exit 127
while read -r id name; do
  { echo "$id" $(getent ahosts "$name" | while read -r address type rest; do
      [ "$type" = STREAM ] && echo "$address"
    done); } &
  jobs >/dev/null
done`;

type Shell = ChildProcessByStdio<Writable, Readable, null>;

export function createLookUpProcess(): LookUpProcess {
  let lastId = 0;
  let shell: Shell | null = null;
  const waiting = new Map<string, (addresses: string[] | Error) => void>();

  const start = (): Shell => {
    const started = spawn('/bin/sh', ['-c', SCRIPT], {
      env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const ended = () => {
      if (shell !== started) return;
      shell = null;
      for (const settle of waiting.values()) settle(new Error('getent cannot be run here'));
      waiting.clear();
    };
    started.once('error', ended);
    started.once('exit', ended);
    started.stdin.on('error', ended);
    createInterface({ input: started.stdout }).on('line', (line) => {
      const [id = '', ...addresses] = line.split(' ');
      waiting.get(id)?.([...new Set(addresses)]);
      waiting.delete(id);
    });
    return started;
  };

  return {
    lookUp: (name) =>
      new Promise((resolve, reject) => {
        const id = String(++lastId);
        waiting.set(id, (answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
        shell ??= start();
        shell.stdin.write(`${id} ${name}\n`);
      }),
    close() {
      shell?.stdin.end();
    },
  };
}
