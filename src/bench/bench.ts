import { writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import type { CliDeps } from '../cli-deps.js';
import { messageOf } from '../errors.js';
import { createDirectory } from '../fleet/directory.js';
import { rankRows } from '../fleet/ranking.js';
import type { FleetRow } from '../fleet/row.js';
import { parsePeers, parsePeerSource, type Peer } from '../peers.js';
import { askForRun, nameOf } from './ask.js';
import { renderSvg } from './chart-svg.js';
import { compareRows, describeChanges, readBaseline } from './compare.js';
import { formatRows, sortRows } from './formats.js';
import {
  cataloguePeers,
  DEFAULT_PORT,
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
    const rows = await measure(peers, options, inputs.token, deps.stderr, interruption.signal);
    const code = report(rankRows(rows), options, inputs.baseline, deps);
    return interruption.signal.aborted ? (interruption.signal.reason as number) : code;
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
      peers: url ? parsePeers(url) : peers ? readPeers(peers) : app ? null : cataloguePeers(),
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
  if (peers.length === 0) throw new Error(`${app} runs in no region`);
  return peers;
}

async function measure(
  peers: readonly Peer[],
  { iterations, timeoutMs }: BenchOptions,
  token: string | null,
  stderr: NodeJS.WriteStream,
  signal: AbortSignal,
): Promise<FleetRow[]> {
  const board = createProgressBoard(peers.map(nameOf), iterations, stderr);
  const runs = peers.map(async (peer) => {
    const name = nameOf(peer);
    const onProgress = board.advance.bind(null, name);
    const row = await askForRun({ peer, iterations, timeoutMs, token, signal, onProgress });
    board.finish(name, row);
    return row;
  });
  const rows = await Promise.all(runs);
  board.end();
  return rows;
}

function report(
  ranked: readonly FleetRow[],
  options: BenchOptions,
  baseline: ReturnType<typeof readBaseline> | null,
  { env, stdout, stderr }: CliDeps,
): number {
  const colour = stdout.isTTY && (env.NO_COLOR ?? '') === '';
  const width = stdout.isTTY ? { width: stdout.columns } : {};
  const rows = sortRows(ranked, options.sort);
  stdout.write(`${formatRows(rows, options.format, { colour, ...width })}\n`);
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
