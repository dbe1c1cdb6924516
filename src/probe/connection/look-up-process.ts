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
   * @throws Error when there is no `sh` on this machine.
   */
  lookUp(name: string): Promise<string[]>;
  close(): void;
}

/**
 * A shell that reads `id name` and answers `id address …`, each look-up in a child of its own. Starting a
 * program from here would block the probe's thread for milliseconds; a shell is smaller and not in the way.
 * `jobs` lets the shell bury the children that have ended.
 */
const SCRIPT = `if command -v getent >/dev/null; then
  look_up() {
    getent ahosts "$1" | while read -r address type rest; do
      [ "$type" = STREAM ] && echo "$address"
    done
  }
else
  look_up() { "$NODE" -e "$LOOK_UP" "$1"; }
fi
while read -r id name; do
  { echo "$id" $(look_up "$name"); } &
  jobs >/dev/null
done`;

/** Where there is no `getent` (macOS): the runtime, in a process of its own as well. */
const LOOK_UP = `require('node:dns').lookup(process.argv[1], { all: true, verbatim: true }, (error, found) => {
  for (const { address } of found ?? []) console.log(address);
})`;

type Shell = ChildProcessByStdio<Writable, Readable, null>;

/** `path`: where `getent` is looked for. */
export function createLookUpProcess({ path = '/usr/local/bin:/usr/bin:/bin' } = {}): LookUpProcess {
  let lastId = 0;
  let shell: Shell | null = null;
  const waiting = new Map<string, (addresses: string[] | Error) => void>();

  const start = (): Shell => {
    const started = spawn('/bin/sh', ['-c', SCRIPT], {
      env: { PATH: path, NODE: process.execPath, LOOK_UP },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const ended = () => {
      if (shell !== started) return;
      shell = null;
      for (const settle of waiting.values()) settle(new Error('no shell can be run here'));
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
