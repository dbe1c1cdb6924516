import type { CliDeps } from '../base/cli-deps.js';
import type { Board } from './board.js';
import { keyLegend, keysOf, listenToKeys } from './keys.js';
import type { LabOptions } from './options.js';
import { createSlowdowns, type Slowdowns } from './slowdowns.js';

export interface Controls {
  readonly addPath: Slowdowns['add'];
  /** From now on `--regress` counts its delays, and keys are heard. */
  start(): void;
  stop(): Promise<void>;
}

/** What changes a running lab: `--regress`, and on a terminal the keys. */
export function createControls(
  { regress, regions, json }: Pick<LabOptions, 'regress' | 'regions' | 'json'>,
  { stdin, stdout }: Pick<CliDeps, 'stdin' | 'stdout'>,
  board: Pick<Board, 'note' | 'setFooter'>,
): Controls {
  const hasKeys = stdin.isTTY && stdout.isTTY && !json;
  const keys = keysOf(regions);
  const slowdowns = createSlowdowns(regress, (news) => {
    board.note(news);
    showFooter();
  });
  const showFooter = () =>
    board.setFooter([...slowdowns.list(), ...(hasKeys ? keyLegend(keys) : [])]);
  let stopKeys: () => void = () => undefined;
  return {
    addPath: slowdowns.add,
    start() {
      showFooter();
      slowdowns.start();
      if (!hasKeys) return;
      stopKeys = listenToKeys(stdin, (key) => {
        const region = keys.get(key);
        if (region !== undefined) slowdowns.toggle(region);
      });
    },
    stop() {
      slowdowns.stop();
      stopKeys();
      return Promise.resolve();
    },
  };
}
