import type { Environment } from '../base/cli-deps.js';
import { ConfigError, messageOf, type Problem } from '../base/errors.js';
import { fleetAnswer } from '../api/fleet-answer.js';
import { fleetFilePath, readFleetFile } from '../config/fleet-file.js';
import { parsePeer } from '../config/peers.js';
import { describeNetworkError, PeerError, readBody } from '../fleet/peer-request.js';
import { knownRoundTrip, type RoundTrips } from '../lab/distances.js';
import { DEFAULT_FLEET_CODES } from '../regions/default-fleet.js';
import type { AuditOptions } from './options.js';
import type { Distance } from './report/report.js';
import { AuditUsageError } from './usage-error.js';

export interface Distances {
  readonly distances: readonly Distance[];
  /** Where they come from, for people. */
  readonly from: string;
}

const MAX_ANSWER_BYTES = 4 * 1_024 * 1_024;
const PATIENCE_MS = 10_000;

/**
 * How far the regions are from the database: as --rtt says, or as a fleet measured it, or as the fleet's file expects
 * it, or as the lab knows it.
 *
 * @throws AuditUsageError, ConfigError or Error that says what is wrong with the source that was named.
 */
export async function findDistances(
  { rtt, fleet, file }: Pick<AuditOptions, 'rtt' | 'fleet' | 'file'>,
  env: Environment,
): Promise<Distances> {
  if (rtt !== undefined) return { distances: sorted(rtt), from: 'as --rtt says' };
  if (fleet !== undefined) return askFleet(fleet);
  const path = file ?? fleetFilePath(env);
  const expected = path === null ? {} : expectedIn(path);
  if (path !== null && Object.keys(expected).length > 0) {
    return { distances: sorted(expected), from: `what ${path} expects of a ping or a select` };
  }
  if (file !== undefined)
    throw new AuditUsageError(`--file ${file}: no region has expect: { ping_ms } or { select_ms }`);
  const known = DEFAULT_FLEET_CODES.map((code) => [
    code,
    knownRoundTrip(code, { rttMs: {} }) ?? undefined,
  ]);
  return {
    distances: sorted(Object.fromEntries(known) as RoundTrips),
    from: 'of ten regions to a database in Ireland; name yours with --rtt or --fleet',
  };
}

function sorted(rttMs: RoundTrips): Distance[] {
  return Object.entries(rttMs)
    .flatMap(([region, ms]) => (ms === undefined ? [] : { region, rtt_ms: ms }))
    .sort((a, b) => a.rtt_ms - b.rtt_ms);
}

/** What is expected of the fastest operation, which is one round trip. */
function expectedIn(path: string): RoundTrips {
  const problems: Problem[] = [];
  const file = readFleetFile(path, problems);
  if (file === null) throw new ConfigError(problems);
  const entries = file.regions.flatMap(({ code, expect }) => {
    const ms = expect?.ping_ms ?? expect?.select_ms;
    return typeof ms === 'number' ? [[code, ms] as const] : [];
  });
  return Object.fromEntries(entries);
}

/** @throws AuditUsageError naming the value and what is allowed. */
function originOf(url: string): string {
  try {
    return parsePeer(url).origin;
  } catch (error) {
    throw new AuditUsageError(`--fleet: ${messageOf(error)}`);
  }
}

/** The nearest, where a region has several machines. */
function nearest(measured: readonly (readonly [string, number])[]): RoundTrips {
  const farthestFirst = [...measured].sort(([, a], [, b]) => b - a);
  return Object.fromEntries(farthestFirst);
}

async function askFleet(url: string): Promise<Distances> {
  const origin = originOf(url);
  try {
    const answer = await fetch(`${origin}/api/fleet`, {
      redirect: 'error',
      headers: { Accept: 'application/json' },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (answer.status !== 200) throw new PeerError(`it answers with status ${answer.status}`);
    const parsed = fleetAnswer.safeParse(parseJson(await readBody(answer, MAX_ANSWER_BYTES)));
    if (!parsed.success) throw new PeerError('its answer has another shape (another version?)');
    const measured = parsed.data.rows.flatMap(({ region, ping_p50_ms: ms }) =>
      ms === null ? [] : [[region, ms] as const],
    );
    if (measured.length === 0) throw new PeerError('no region of it has measured a ping');
    return { distances: sorted(nearest(measured)), from: `measured by ${origin}` };
  } catch (error) {
    const why = error instanceof PeerError ? error.message : describeNetworkError(error);
    throw new Error(`--fleet ${origin}: ${why}`, { cause: error });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new PeerError('its answer is not JSON');
  }
}
