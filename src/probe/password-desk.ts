import type { Target } from '../config/target.js';
import { createPasswords } from './passwords.js';
import type { Sample } from './results/result.js';
import type { ProbeThread } from './thread.js';

/** Keeps the thread in the passwords that commands give, before anything is measured. */
export interface PasswordDesk {
  /** Gives it what a run of this target needs. @throws ProbeCrashError when the thread ends first. */
  give(target: Target): Promise<void>;
  /** Looks at what came of it: a password that was refused is not used again. */
  judge(target: Target, samples: readonly Sample[]): void;
  stop(): void;
}

export function createPasswordDesk(
  thread: Pick<ProbeThread, 'ask'>,
  targets: () => readonly Target[],
): PasswordDesk {
  const passwords = createPasswords();
  return {
    async give(target) {
      const source = targets().find(({ name }) => name === target.replicaOf);
      const given = await passwords.of(source === undefined ? [target] : [target, source]);
      if (Object.keys(given).length === 0) return;
      await thread.ask({ type: 'passwords', passwords: given });
    },
    judge(target, samples) {
      const isRefused = samples.some((sample) => !sample.ok && sample.reason === 'auth');
      if (isRefused) passwords.reject(target);
    },
    stop: passwords.stop,
  };
}
