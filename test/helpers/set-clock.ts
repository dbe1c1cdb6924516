import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SetClock {
  /** The environment of the process whose wall clock is set. */
  readonly env: Record<string, string>;
  /** In faketime's words: `-1h`, `+365d`, `@9999-12-31 23:59:00` (local time, and going on from there). */
  set(time: string): void;
  remove(): void;
}

/**
 * A wall clock that can be set while a process runs, by libfaketime; the monotonic one is left alone, as by a
 * real step. It needs the tool `faketime`.
 */
export async function createSetClock(): Promise<SetClock> {
  const folder = await mkdtemp(join(tmpdir(), 'pglatency-clock-'));
  const file = join(folder, 'time');
  const set = (time: string) => writeFileSync(file, time);
  set('+0');
  // The library's place differs between distributions and processors; the tool knows it.
  const { stdout } = spawnSync('faketime', ['-m', '-f', '+0', 'printenv', 'LD_PRELOAD'], {
    encoding: 'utf8',
  });
  return {
    env: {
      LD_PRELOAD: stdout.trim(),
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      TZ: 'UTC',
    },
    set,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
