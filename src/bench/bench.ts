import { writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import type { CliDeps } from '../base/cli-deps.js';
import { messageOf } from '../base/errors.js';
import { createDirectory } from '../fleet/directory.js';
import { rankRows } from '../fleet/ranking.js';
import type { FleetRow } from '../fleet/row.js';
import type { TableOptions } from '../fleet/text-table.js';
import { parsePeerSource, type Peer } from '../config/peers.js';
import { askForRun } from './ask.js';
import { renderSvg } from './chart-svg.js';
import { compareRows, describeChanges, readBaseline } from './compare.js';
import { formatRows, sortRows } from './formats.js';
import { identify, type Candidate } from './identify.js';
import { sortMatrix, type MatrixRow } from './matrix.js';
import { describeMatrixRow, formatMatrix } from './matrix-formats.js';
import { measureTargets } from './measure-targets.js';
import {
  defaultPeers,
  DEFAULT_PORT,
  peersOf,
  readPeers,
  readToken,
  type BenchOptions,
} from './options.js';
import { createProgressBoard } from './progress.js';

/** Wrong usage: an option's value. */
export class BenchUsageError extends Error {
  override readonly name = 'BenchUsageError';
}

/**
 * Asks every region for a run on demand, all at once, and prints the ranked rows.
 *
 * @returns the exit code: 0 done, 1 a region did not answer, 2 worse than the baseline, 128 + signal.
 * @throws BenchUsageError before anything is asked; Error when the chart cannot be written.
 */
export async function runBench(options: BenchOptions, deps: CliDeps): Promise<number> {
  const inputs = readInputs(options);
  const peers = inputs.peers ?? (await lookUp(options));
  const interruption = new AbortController();
  const stopListening = deps.onSignal((signal) => {
    interruption.abort(128 + constants.signals[signal]);
  });
  try {
    const { token, baseline } = inputs;
    const { signal } = interruption;
    const backends = await identify(peers, signal);
    const asking = { backends, options, token, stderr: deps.stderr, signal };
    const code = options.targets
      ? reportMatrix(await measureMatrix(asking), options, deps)
      : report(rankRows(await measure(asking)), options, baseline, deps);
    return signal.aborted ? (signal.reason as number) : code;
  } finally {
    stopListening();
  }
}

/** Everything that can be wrong with the options is found before any region is asked. */
function readInputs({ url, peers, app, dnsServer, tokenFile, compare }: BenchOptions) {
  try {
    if (dnsServer !== undefined && app === undefined) throw new Error('--dns-server needs --app');
    if (app !== undefined) parsePeerSource(`dns:${app}`);
    return {
      peers: url ? peersOf('--url', url) : peers ? readPeers(peers) : app ? null : defaultPeers(),
      token: tokenFile === undefined ? null : readToken(tokenFile),
      baseline: compare === undefined ? null : readBaseline(compare),
    };
  } catch (error) {
    throw new BenchUsageError(messageOf(error), { cause: error });
  }
}

async function lookUp({ app = '', dnsServer }: BenchOptions): Promise<readonly Peer[]> {
  const directory = createDirectory(parsePeerSource(`dns:${app}`), {
    defaultPort: DEFAULT_PORT,
    ...(dnsServer !== undefined && { servers: [dnsServer] }),
  });
  const { peers, error } = await directory.peers();
  if (error !== null) throw new Error(error);
  if (peers.length === 0) throw new Error(`the application ${app} runs in no region`);
  return peers;
}

interface Asking {
  readonly backends: readonly Candidate[];
  readonly options: BenchOptions;
  readonly token: string | null;
  readonly stderr: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}

async function measure({ backends, options, stderr, ...rest }: Asking): Promise<FleetRow[]> {
  const { iterations, timeoutMs } = options;
  const board = createProgressBoard(
    backends.map(({ name }) => name),
    iterations,
    stderr,
  );
  const runs = backends.map(async ({ peer, name, ...who }) => {
    const onProgress = board.advance.bind(null, name);
    const row = await askForRun({ peer, iterations, timeoutMs, ...rest, onProgress });
    const text = row.error ?? `read p50 ${row.read_p50_ms?.toFixed(2) ?? '–'} ms`;
    board.finish(name, { text, isWhole: row.error === null });
    return { ...row, ...who };
  });
  const rows = await Promise.all(runs);
  board.end();
  return rows;
}

async function measureMatrix({ backends, options, stderr, ...rest }: Asking): Promise<MatrixRow[]> {
  const { iterations, timeoutMs } = options;
  const board = createProgressBoard(
    backends.map(({ name }) => name),
    iterations,
    stderr,
  );
  const regions = backends.map(async ({ peer, name, machine_short }) => {
    const row = await measureTargets({
      ...{ peer, iterations, timeoutMs, ...rest },
      onRun: board.begin.bind(null, name),
      onProgress: board.advance.bind(null, name),
    });
    board.finish(name, { text: describeMatrixRow(row), isWhole: row.error === null });
    return { ...row, machine_short };
  });
  const rows = await Promise.all(regions);
  board.end();
  return rows;
}

/** @returns the exit code: 1 when a region or one of its targets was not measured. */
function reportMatrix(rows: readonly MatrixRow[], { format }: BenchOptions, deps: CliDeps): number {
  deps.stdout.write(`${formatMatrix(sortMatrix(rows), format, terminalOf(deps))}\n`);
  const isWhole = rows.every(
    ({ error, targets }) => error === null && targets.every((target) => target.error === null),
  );
  return isWhole ? 0 : 1;
}

function terminalOf({ env, stdout }: CliDeps): TableOptions {
  const colour = stdout.isTTY && (env.NO_COLOR ?? '') === '';
  return { colour, ...(stdout.isTTY && { width: stdout.columns }) };
}

function report(
  ranked: readonly FleetRow[],
  options: BenchOptions,
  baseline: ReturnType<typeof readBaseline> | null,
  deps: CliDeps,
): number {
  const { stdout, stderr } = deps;
  const rows = sortRows(ranked, options.sort);
  stdout.write(`${formatRows(rows, options.format, terminalOf(deps))}\n`);
  if (options.svg !== undefined) writeFileSync(options.svg, renderSvg(rows));
  const changes = baseline === null ? [] : compareRows(rows, baseline, options.thresholdPercent);
  const lines = describeChanges(changes);
  const about = `against ${options.compare ?? ''}, worse by more than ${options.thresholdPercent} %:`;
  // Beside a format for machines the comparison is for people.
  const output = options.format === 'table' ? stdout : stderr;
  if (lines.length > 0) output.write(`\n${[about, ...lines].join('\n')}\n`);
  if (changes.some(({ worse }) => worse)) return 2;
  return rows.some(({ error }) => error !== null) ? 1 : 0;
}
