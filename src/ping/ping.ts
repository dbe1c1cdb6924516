import type { CliDeps } from '../base/cli-deps.js';
import type { ArgumentTargets } from '../config/argument-targets.js';
import type { Target } from '../config/target.js';
import type { Failure } from '../probe/results/result.js';
import { toJson } from './json.js';
import type { PingOptions } from './options.js';
import { createPinger, type Opened, type Pinger } from './pinger.js';
import {
  renderOpened,
  renderRound,
  renderSummary,
  renderTitles,
  statisticsText,
  type RenderOptions,
} from './render.js';
import { isAllAnswered, labelsOf, type Report } from './report.js';
import { measureRounds, openAll } from './rounds.js';
import { createScreen, type Screen } from './screen.js';
import { tallyOf } from './tally.js';
import { startWarmUp, type WarmUp } from './warm-up.js';
import { createInsertWork, createSelectWork } from './work.js';

type Deps = Pick<CliDeps, 'env' | 'stdout' | 'onSignal'>;

interface Session {
  readonly options: PingOptions;
  readonly screen: Screen;
  readonly render: RenderOptions;
  readonly pingers: readonly Pinger[];
  readonly labels: readonly string[];
  readonly warmUp: WarmUp;
  readonly signal: AbortSignal;
}

/**
 * Pings databases side by side, each on one connection, and prints what it saw, also when a signal ends it.
 *
 * @returns the exit code: 0 all answered, 1 some did not.
 */
export async function runPing(
  { targets, config }: ArgumentTargets,
  options: PingOptions,
  deps: Deps,
): Promise<number> {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort(new Error('interrupted'));
  const stopListening = deps.onSignal(interrupt);
  const screen = createScreen(deps.stdout, interrupt);
  const createWork = options.insert ? createInsertWork : createSelectWork;
  const { noun, notice } = createWork();
  const colour = screen.isTerminal && deps.env.NO_COLOR === undefined;
  const session: Session = {
    options,
    screen,
    render: { colour, width: screen.width, noun },
    pingers: targets.map((target) => createPinger(pingTarget(target, options), createWork())),
    labels: labelsOf(targets, config !== null),
    warmUp: await startWarmUp(),
    signal: interruption.signal,
  };
  try {
    if (notice !== null && !options.json) screen.lines([notice]);
    const reports = await measure(session);
    if (options.json) {
      screen.lines([JSON.stringify(toJson(reports, noun, Date.now()), null, 2)]);
    } else {
      screen.lines(['', ...renderSummary(reports, session.render)]);
    }
    return reports.every(isAllAnswered) ? 0 : 1;
  } finally {
    await Promise.all([...session.pingers, session.warmUp].map((it) => it.close()));
    stopListening();
  }
}

/** Accept any server, and leave out what only concerns the probe's table. */
function pingTarget(target: Target, { timeoutMs }: PingOptions): Target {
  return {
    ...target,
    mode: 'read-only',
    operations: ['connect', 'ping'],
    queries: [],
    operationTimeoutMs: timeoutMs ?? target.operationTimeoutMs,
  };
}

async function measure(session: Session): Promise<Report[]> {
  const { pingers, signal, screen, options } = session;
  if (!options.json) screen.status('connecting …');
  const opened = await openAll(pingers, signal).catch((error: unknown) => {
    if (!signal.aborted) throw error;
    return null;
  });
  const reports = pingers.map((pinger, i) => reportOf(session, pinger, i, opened?.[i] ?? null));
  if (!options.json) {
    for (const report of reports) {
      screen.lines(renderOpened(report, Date.now(), session.render));
    }
  }
  const alive = reports.filter((report) => report.opened?.ok === true);
  if (alive.length > 0) await measureAlive(session, reports, alive);
  return reports;
}

function reportOf(
  { labels }: Session,
  { target }: Pinger,
  i: number,
  opened: Opened | Failure | null,
): Report {
  return { label: labels[i] ?? target.name, target, opened, samples: [], reconnections: 0 };
}

async function measureAlive(
  { pingers, options, screen, render, warmUp, signal }: Session,
  reports: readonly Report[],
  alive: readonly Report[],
): Promise<void> {
  const labels = alive.map(({ label }) => label);
  const isShown = !options.json && !options.quiet;
  if (isShown) screen.lines(renderTitles(labels, render));
  const asked = pingers.filter((_, i) => alive.includes(reports[i] as Report));
  for await (const round of measureRounds(asked, { ...options, before: warmUp.again }, signal)) {
    for (const [i, { sample, reopened }] of round.turns.entries()) {
      const report = alive[i];
      report?.samples.push(sample);
      if (report !== undefined && reopened !== null) report.reconnections += 1;
    }
    if (isShown) screen.lines(renderRound(round, labels, render));
    const [only] = alive;
    if (!options.json && only !== undefined && alive.length === 1) {
      screen.status(statisticsText(tallyOf(only.samples)));
    }
  }
}
