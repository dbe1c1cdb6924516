import { spawn } from 'node:child_process';
import { controlCharacterProblem } from '../config/fields.js';

/** A password, or why there is none. */
export type GivenPassword = { readonly password: string } | { readonly why: string };

/** Many times what any password has: an IAM token has some hundred characters. */
const MAX_BYTES = 65_536;

/**
 * Runs a command whose standard output is a password, with one line break at its end. What it writes to
 * standard error goes nowhere: it may hold a secret. Ended with its children after `timeoutMs`, or by the signal.
 */
export function runPasswordCommand(
  [program = '', ...args]: readonly string[],
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<GivenPassword> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
    const chunks: Buffer[] = [];
    let bytes = 0;
    const settle = (given: GivenPassword) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(given);
    };
    const giveUp = (why: string) => {
      settle({ why });
      endGroup(child.pid);
    };
    const onAbort = () => giveUp('the password command was ended with the backend');
    const timer = setTimeout(
      () => giveUp(`the password command printed no password within ${timeoutMs / 1_000} s`),
      timeoutMs,
    );
    signal.addEventListener('abort', onAbort, { once: true });
    child.once('error', (error: NodeJS.ErrnoException) =>
      settle({ why: `the password command cannot be run (${error.code ?? 'unknown'})` }),
    );
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) giveUp('the password command printed more than any password has');
      else chunks.push(chunk);
    });
    child.once('close', (code, endedBy) =>
      settle(
        code === 0
          ? toPassword(Buffer.concat(chunks).toString('utf8'))
          : { why: `the password command ended with ${endedBy ?? `exit code ${code}`}` },
      ),
    );
  });
}

function toPassword(output: string): GivenPassword {
  const password = output.replace(/\r?\n$/, '');
  if (password === '') return { why: 'the password command printed nothing' };
  const wrong = controlCharacterProblem(password);
  return wrong === null ? { password } : { why: `the password command must print ${wrong}` };
}

/** A shell's children are in its group. */
function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
