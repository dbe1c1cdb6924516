import type { CliDeps } from '../base/cli-deps.js';
import { VERSION } from '../base/version.js';
import type { ConnectionFields } from '../config/resolve-connection.js';
import { knownRoundTrip } from '../lab/distances.js';
import {
  applicationEnvironment,
  describeEnd,
  exitCodeOf,
  proxyUrl,
  startApplication,
  type Ended,
  type Place,
} from './application.js';
import { checkBudgets, githubError } from './budgets.js';
import { findConnection } from './connection.js';
import { findDistances, type Distances } from './distances.js';
import type { AuditOptions } from './options.js';
import { startRecording, type Recorded } from './recording.js';
import { createReport, type Report } from './report/report.js';
import { AuditUsageError } from './usage-error.js';
import { assertWritable, render, writeReports } from './write-reports.js';

/** Where an application that is started by hand finds the proxy. */
const USUAL_PORT = 6543;

/**
 * Puts a proxy before the database, runs the application, and prints what it costs in each region.
 *
 * @returns the exit code: the command's own where that is not 0; 1 where a limit is passed or nothing came.
 * @throws AuditUsageError before anything runs; Error where the server cannot be used.
 */
export async function runAudit(options: AuditOptions, deps: CliDeps): Promise<number> {
  const say = (line: string) => void deps.stderr.write(`pglatency audit: ${line}\n`);
  assertWritable(options.reports);
  const distances = await findDistances(options, deps.env);
  const addedMs = addedBy(options.asIf, distances);
  assertKnown(options, distances);
  const fields = findConnection(options.upstream, deps.env);
  const port = options.command.length > 0 ? 0 : USUAL_PORT;
  const listen = options.listen ?? { host: '127.0.0.1', port };
  const { tls, pauseMs } = options;
  const recording = await startRecording({ fields, listen, tls, pauseMs, addedMs, say });
  const place: Place = {
    host: reachable(listen.host),
    port: recording.port,
    certificateFile: recording.certificateFile,
  };
  const ended =
    options.command.length > 0
      ? await runCommand(options.command, { fields, place, deps })
      : await runByHand({ fields, place, deps, say });
  const recorded = await recording.finish();
  const report = toReport(recorded, options, distances);
  return conclude({ report, recorded, ended, options, place, deps, say });
}

/** Of the region that the application is to feel; 0: it stays where it is. */
function addedBy(asIf: string | undefined, { distances }: Distances): number {
  if (asIf === undefined) return 0;
  const found = distances.find(({ region }) => region === asIf)?.rtt_ms;
  const ms = found ?? knownRoundTrip(asIf, { rttMs: {} });
  if (ms !== null) return ms;
  throw new AuditUsageError(
    `--as-if ${asIf}: nobody knows how far it is; say it with --rtt ${asIf}=MS`,
  );
}

/** A budget for a region without a distance would hold for ever. */
function assertKnown({ budgets }: AuditOptions, { distances }: Distances): void {
  const regions = distances.map(({ region }) => region);
  const unknown = budgets.find(({ region }) => !regions.includes(region));
  if (unknown === undefined) return;
  throw new AuditUsageError(
    `--budget ${unknown.region}: nobody knows how far it is; known are ${regions.join(', ')}`,
  );
}

/** An address to connect to, for one that is listened on. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

interface Running {
  readonly fields: ConnectionFields;
  readonly place: Place;
  readonly deps: CliDeps;
}

async function runCommand(
  command: readonly string[],
  { fields, place, deps }: Running,
): Promise<Ended> {
  const application = startApplication(
    command,
    applicationEnvironment(deps.env, fields, place),
    deps,
  );
  const stopListening = deps.onSignal((signal) => application.signal(signal));
  try {
    return await application.ended;
  } finally {
    stopListening();
  }
}

/** Until a signal. */
async function runByHand({
  fields,
  place,
  deps,
  say,
}: Running & { say: (line: string) => void }): Promise<null> {
  say(`connect your application to ${proxyUrl(fields, place, false)}`);
  say('Ctrl-C ends the audit and prints the report');
  await new Promise<void>((resolve) => {
    const stopListening = deps.onSignal(() => {
      stopListening();
      resolve();
    });
  });
  return null;
}

function toReport(
  { counts, kinds, cancelRequests, encryptionTrips, measuredMs }: Recorded,
  { asIf, pauseMs }: AuditOptions,
  { distances, from }: Distances,
): Report {
  const remarks =
    counts.lost === 0
      ? []
      : [`${counts.lost} connections said what is not understood; they are counted up to there`];
  return createReport({
    version: VERSION,
    measured_s: measuredMs / 1_000,
    distances,
    distances_from: from,
    as_if: asIf ?? null,
    pause_ms: pauseMs,
    cancel_requests: cancelRequests,
    remarks,
    counts,
    kinds,
    encryptionTrips,
  });
}

interface Conclusion {
  readonly report: Report;
  readonly recorded: Recorded;
  /** null: it was started by hand. */
  readonly ended: Ended | null;
  readonly options: AuditOptions;
  readonly place: Place;
  readonly deps: CliDeps;
  readonly say: (line: string) => void;
}

function conclude({ report, recorded, ended, options, place, deps, say }: Conclusion): number {
  const { stdout, stderr, env } = deps;
  const end = ended === null ? null : describeEnd(options.command[0] ?? '', ended);
  if (end !== null) say(end);
  if (ended?.kind === 'missing' || ended?.kind === 'not-executable') return exitCodeOf(ended);
  const table = { colour: stdout.isTTY, ...(stdout.isTTY && { width: stdout.columns }) };
  stdout.write(render(report, options.format, table));
  const unwritten = writeReports(report, options.reports);
  const nothing = nothingCame(recorded, place);
  const over = nothing === null ? checkBudgets(report, options) : [];
  for (const line of [...unwritten, ...(nothing ?? []), ...over]) say(line);
  if (env.GITHUB_ACTIONS === 'true') {
    for (const line of [...(nothing ?? []), ...over]) stderr.write(`${githubError(line)}\n`);
  }
  const own = ended === null ? 0 : exitCodeOf(ended);
  if (own !== 0) return own;
  return unwritten.length + over.length > 0 || nothing !== null ? 1 : 0;
}

function nothingCame({ accepted, counts }: Recorded, { host, port }: Place): string[] | null {
  if (counts.connections > 0) return null;
  if (accepted > 0) {
    return ['nothing came through the proxy: connections were made, and none of them logged in'];
  }
  return [
    `nothing came through the proxy: no connection was made to ${host}:${port}. The application must take its database from DATABASE_URL or PGHOST and PGPORT`,
  ];
}
