import type { CliDeps } from '../base/cli-deps.js';
import { VERSION } from '../base/version.js';
import { describeEnd, exitCodeOf, type Ended, type Place } from './application.js';
import { checkBudgets, githubError } from './budgets.js';
import type { Distances } from './distances.js';
import type { AuditOptions } from './options.js';
import type { Recorded } from './recording.js';
import { createReport, type Report } from './report/report.js';
import { render, writeReports } from './write-reports.js';

export function toReport(
  { counts, kinds, cancelRequests, encryptionTrips, measuredMs }: Recorded,
  { asIf, pauseMs }: AuditOptions,
  { distances, from }: Distances,
): Report {
  const remarks =
    counts.lost === 0
      ? []
      : [
          `${counts.lost} connections sent something that the audit does not understand; they are counted up to that point`,
        ];
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

export interface Conclusion {
  readonly report: Report;
  readonly recorded: Recorded;
  /** null: it was started by hand. */
  readonly ended: Ended | null;
  readonly options: AuditOptions;
  readonly place: Place;
  readonly deps: CliDeps;
  readonly say: (line: string) => void;
}

/** Prints the report, writes its files, and says what is wrong. @returns the exit code. */
export function conclude({
  report,
  recorded,
  ended,
  options,
  place,
  deps,
  say,
}: Conclusion): number {
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
    return ['nothing came through the proxy: connections were made, but none of them logged in'];
  }
  return [
    `nothing came through the proxy: no connection was made to ${host}:${port}. The application must take its database from DATABASE_URL or PGHOST and PGPORT`,
  ];
}
