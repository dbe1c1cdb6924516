import type { Log } from '../base/log.js';
import type { Target } from './target.js';

/** Says once what a connection string holds that has no effect, a line a target. Names no value. */
export function logLeftOut(
  targets: readonly Pick<Target, 'name' | 'leftOut'>[],
  log: Pick<Log, 'info'>,
): void {
  for (const { name, leftOut } of targets) {
    if (leftOut === undefined) continue;
    const text =
      'some parameters of the connection string are ignored: they have no effect on a measurement';
    log.info({ target: name, left_out: leftOut }, text);
  }
}
