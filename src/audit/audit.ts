import type { CliDeps } from '../base/cli-deps.js';
import { knownRoundTrip } from '../lab/distances.js';
import type { Place } from './application.js';
import { conclude, toReport } from './conclude.js';
import { findConnection } from './connection.js';
import { findDistances, type Distances } from './distances.js';
import type { AuditOptions } from './options.js';
import { startRecording } from './recording.js';
import { holdSignals, runByHand, runCommand } from './running.js';
import { AuditUsageError } from './usage-error.js';
import { assertWritable } from './write-reports.js';

/** Where an application that is started by hand finds the proxy. */
const USUAL_PORT = 6543;

/**
 * Puts a proxy before the database, runs the application, and prints what it costs in each region.
 *
 * @returns the exit code: the command's own where that is not 0; 1 where a limit is passed or nothing came.
 * @throws AuditUsageError or ConfigError before anything runs; Error where the server cannot be used.
 */
export async function runAudit(options: AuditOptions, deps: CliDeps): Promise<number> {
  const say = (line: string) => void deps.stderr.write(`pglatency audit: ${line}\n`);
  assertWritable(options.reports);
  const fields = findConnection(options.upstream, deps.env);
  const distances = await findDistances(options, deps.env);
  const addedMs = addedBy(options.asIf, distances);
  assertKnown(options, distances);
  const { tls, pauseMs, command } = options;
  const listen = options.listen ?? {
    host: '127.0.0.1',
    port: command.length > 0 ? 0 : USUAL_PORT,
  };
  const recording = await startRecording({ fields, listen, tls, pauseMs, addedMs, say });
  const signals = holdSignals(deps);
  const place: Place = {
    host: reachable(listen.host),
    port: recording.port,
    certificateFile: recording.certificateFile,
  };
  const ended =
    command.length > 0
      ? await runCommand(command, { fields, place, deps, signals })
      : await runByHand({ fields, place, signals }, say);
  const recorded = await recording.finish();
  const report = toReport(recorded, options, distances);
  return conclude({ report, recorded, ended, options, place, deps, say });
}

/** The round trip of the region of --as-if, in milliseconds; 0: none is added. */
function addedBy(asIf: string | undefined, { distances }: Distances): number {
  if (asIf === undefined) return 0;
  const found = distances.find(({ region }) => region === asIf)?.rtt_ms;
  const ms = found ?? knownRoundTrip(asIf, { rttMs: {} });
  if (ms !== null) return ms;
  throw new AuditUsageError(
    `--as-if ${asIf}: its distance is not known; give it with --rtt ${asIf}=MS`,
  );
}

/** A budget for a region without a distance would never be exceeded. */
function assertKnown({ budgets }: AuditOptions, { distances }: Distances): void {
  const regions = distances.map(({ region }) => region);
  const unknown = budgets.find(({ region }) => !regions.includes(region));
  if (unknown === undefined) return;
  throw new AuditUsageError(
    `--budget ${unknown.region}: its distance is not known; known are ${regions.join(', ')}`,
  );
}

/** An address to connect to, for one that is listened on. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}
