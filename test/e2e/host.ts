import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { until } from '../helpers/until.js';

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A machine: its own network, processes and mounts. It ends, with all that runs in it, by `stop`. */
export interface Host {
  readonly name: string;
  /** The process whose namespaces they are, as this machine numbers it. */
  readonly pid: number;
  /** Runs a command to its end; it is killed after `timeoutMs`. */
  run(command: string, args?: readonly string[], options?: RunOptions): Promise<Result>;
  /** Runs a shell script, and throws if it fails. */
  sh(script: string): Promise<string>;
  /** Starts a command that goes on; `output` grows. */
  start(command: string, args: readonly string[], env?: Record<string, string>): Started;
  /** Moves one of its network links to another host, under another name. */
  moveLink(link: string, to: Host, name: string): Promise<void>;
  stop(): Promise<void>;
}

export interface RunOptions {
  readonly env?: Record<string, string>;
  readonly input?: string;
  readonly timeoutMs?: number;
}

export interface Started {
  readonly process: ChildProcess;
  /** Everything that it has written so far, to both streams. */
  output(): string;
  /** Its exit code, when it has ended. */
  readonly ended: Promise<number | null>;
  /** Its number in its host. */
  pid(): Promise<number>;
}

/** Where each host finds this repository: below no folder that an unprivileged user may not enter. */
export const APP = '/srv/app';
/** Each host's own scratch folder. */
export const SCRATCH = '/srv';

const PATH = process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin';

/** What makes one host's file system its own. Ends when this process does: its input is a pipe. */
const INIT = `
set -e
for folder in /srv /run /etc/wireguard; do mount -t tmpfs -o mode=755 tmpfs $folder; done
mkdir ${APP} && mount --bind . ${APP}
cp /etc/hosts /srv/hosts && mount --bind /srv/hosts /etc/hosts
ip link set lo up
echo ready
read -r _ || true
`;

/** Starts a host without any interface but the loopback's. Takes root. */
export async function startHost(name: string): Promise<Host> {
  const init = spawn(
    'unshare',
    [
      ...['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'],
      ...['bash', '--norc', '-c', INIT],
    ],
    { stdio: ['pipe', 'pipe', 'inherit'], env: { PATH } },
  );
  const exited = new Promise<void>((resolve) => init.once('exit', () => resolve()));
  const ready = new Promise<void>((resolve, reject) => {
    createInterface(init.stdout).once('line', () => resolve());
    init.once('exit', (code) => reject(new Error(`${name} ended while it started: ${code}`)));
  });
  await ready;
  const parent = init.pid as number;
  const pid = Number(readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim());
  const enter = ['-t', String(pid), '--net', '--mount', '--pid', '--wd=/'];

  let started = 0;
  const start = (command: string, args: readonly string[], env: Record<string, string> = {}) => {
    const pidFile = `${SCRATCH}/${started++}.pid`;
    const keepPid = ['bash', '--norc', '-c', 'echo $$ >"$0.new"; mv "$0.new" "$0"; exec "$@"'];
    const process = spawn('nsenter', [...enter, ...keepPid, pidFile, command, ...args], {
      env: { PATH, ...env },
    });
    hurry(process);
    let output = '';
    for (const stream of [process.stdout, process.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    const ended = new Promise<number | null>((resolve) => process.once('close', resolve));
    const pid = () =>
      until(async () => Number((await run('cat', [pidFile])).stdout) || false, { what: pidFile });
    return { process, output: () => output, ended, pid };
  };
  const run: Host['run'] = (command, args = [], options = {}) =>
    runToEnd('nsenter', [...enter, command, ...args], options);

  return {
    name,
    pid,
    run,
    start,
    async sh(script) {
      const { code, stdout, stderr } = await run('bash', ['--norc', '-ec', script]);
      if (code !== 0) throw new Error(`${name}: ${script}\n${stdout}${stderr}(exit ${code})`);
      return stdout;
    },
    async moveLink(link, to, newName) {
      // In the network namespace alone, so that the number of the other host's process means the same.
      const target = ['link', 'set', link, 'netns', String(to.pid), 'name', newName];
      const moved = await runToEnd('nsenter', ['-t', String(pid), '--net', 'ip', ...target]);
      if (moved.code !== 0) throw new Error(`${name}: ${moved.stderr}`);
    },
    async stop() {
      init.stdin.end();
      await exited;
    },
  };
}

/** Before whatever else this machine does: it is milliseconds that are measured here. */
function hurry({ pid }: ChildProcess): void {
  if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_HIGH);
}

function runToEnd(
  command: string,
  args: readonly string[],
  { env, input, timeoutMs = 30_000 }: RunOptions = {},
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { PATH, ...env },
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    hurry(child);
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.on('error', () => undefined).end(input);
  });
}
