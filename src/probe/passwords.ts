import { performance } from 'node:perf_hooks';
import type { Target } from '../config/target.js';
import { runPasswordCommand, type GivenPassword } from './password-command.js';

/** What the commands of targets gave, by the target's name: a password, or why there is none. */
export type PasswordsByTarget = Readonly<Record<string, GivenPassword>>;

/** The passwords that commands give: run outside the measurement, and kept for a while. */
export interface Passwords {
  /** Of those targets that have a command; waits for the ones that are not known, or too old. */
  of(targets: readonly Target[]): Promise<PasswordsByTarget>;
  /** The server refused it: the command is run again. */
  reject(target: Target): void;
  /** Ends the commands that run. */
  stop(): void;
}

export interface PasswordsOptions {
  /** How long a password is used, in milliseconds. An RDS IAM token lives for 15 minutes. */
  readonly lifetimeMs?: number;
  readonly timeoutMs?: number;
}

const LIFETIME_MS = 600_000;
const TIMEOUT_MS = 10_000;
/** From this share of its life on, the next one is fetched while it is used. */
const RENEWAL_SHARE = 0.8;

interface Entry {
  readonly given: GivenPassword;
  readonly at: number;
}

export function createPasswords(options: PasswordsOptions = {}): Passwords {
  const { lifetimeMs = LIFETIME_MS, timeoutMs = TIMEOUT_MS } = options;
  const stopping = new AbortController();
  const known = new Map<string, Entry>();
  const underWay = new Map<string, Promise<GivenPassword>>();

  const fetch = (command: readonly string[]): Promise<GivenPassword> => {
    const key = keyOf(command);
    const found = underWay.get(key);
    if (found !== undefined) return found;
    const started = runPasswordCommand(command, { timeoutMs, signal: stopping.signal })
      .then((given) => {
        // An older password that still holds is better than a failure to get the next one.
        if ('password' in given || !isFresh(known.get(key))) {
          known.set(key, { given, at: performance.now() });
        }
        return given;
      })
      .finally(() => underWay.delete(key));
    underWay.set(key, started);
    return started;
  };

  const ageMs = (entry: Entry) => performance.now() - entry.at;
  /** A failure is never kept: the next run asks again. */
  const isFresh = (entry: Entry | undefined): entry is Entry =>
    entry !== undefined && 'password' in entry.given && ageMs(entry) < lifetimeMs;

  const passwordOf = async (command: readonly string[]): Promise<GivenPassword> => {
    const entry = known.get(keyOf(command));
    if (!isFresh(entry)) return fetch(command);
    if (ageMs(entry) >= lifetimeMs * RENEWAL_SHARE) void fetch(command);
    return entry.given;
  };

  return {
    async of(targets) {
      const given = targets.flatMap(({ name, passwordCommand }) =>
        passwordCommand === undefined
          ? []
          : [passwordOf(passwordCommand).then((password) => [name, password] as const)],
      );
      return Object.fromEntries(await Promise.all(given));
    },
    reject({ passwordCommand }) {
      if (passwordCommand !== undefined) known.delete(keyOf(passwordCommand));
    },
    stop: () => stopping.abort(),
  };
}

function keyOf(command: readonly string[]): string {
  return JSON.stringify(command);
}
