import type { Relay } from './relay.js';
import { describeSlowdown, slowed, type Regression, type Slowdown } from './regression.js';

type Path = Pick<Relay, 'setRtt'>;

export interface Slowdowns {
  /** The region has a path now, which is `rttMs` long. */
  add(region: string, path: Path, rttMs: number): void;
  /** Begins the delays of those that come by themselves. */
  start(): void;
  /** Slows a region down, or takes it back to its own distance. */
  toggle(region: string): void;
  /** One sentence for each region that is slow now. */
  list(): string[];
  /** No slowdown comes by itself any more. */
  stop(): void;
}

/** What a key press does to a region that `--regress` does not name. */
export const USUAL_SLOWDOWN: Slowdown = { amount: 30, unit: '%' };

/** Makes the paths of a running lab longer, and as they were again. */
export function createSlowdowns(
  regressions: readonly Regression[],
  onChange: (news: string) => void,
): Slowdowns {
  const paths = new Map<string, { path: Path; rttMs: number }>();
  const slow = new Map<string, string>();
  let timers: NodeJS.Timeout[] = [];

  const slowDown = (region: string, by: Slowdown) => {
    const own = paths.get(region);
    if (own === undefined) return;
    const rttMs = slowed(own.rttMs, by);
    own.path.setRtt(rttMs);
    const change = `${describeSlowdown(by)}: ${toText(own.rttMs)} → ${toText(rttMs)} ms`;
    slow.set(region, `the lab slows ${region} down, ${change}`);
    onChange(`${region}: slowed down, ${change}`);
  };
  const restore = (region: string) => {
    const own = paths.get(region);
    if (own === undefined) return;
    own.path.setRtt(own.rttMs);
    slow.delete(region);
    onChange(`${region}: ${toText(own.rttMs)} ms again`);
  };
  return {
    add: (region, path, rttMs) => void paths.set(region, { path, rttMs }),
    start() {
      timers = regressions.map((one) => setTimeout(() => slowDown(one.region, one), one.afterMs));
    },
    toggle(region) {
      const by = regressions.find((one) => one.region === region) ?? USUAL_SLOWDOWN;
      if (slow.has(region)) restore(region);
      else slowDown(region, by);
    },
    list: () => [...slow.values()],
    stop() {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

const toText = (ms: number) => String(Number(ms.toFixed(2)));
