import { flagOf } from '../regions/flag.js';
import type { Environment } from '../base/cli-deps.js';
import type { Problem } from '../base/errors.js';
import type { Region } from '../regions/regions.js';
import type { FleetFile } from './fleet-file-schema.js';
import { fleetFilePath, placed, readFleetFile } from './fleet-file.js';
import { NO_PEERS, type PeerSource } from './peers.js';
import { resolveTargets, type TargetDefaults } from './resolve-targets.js';
import type { Target } from './target.js';

/** The fleet's file that an environment means; null: there is none, or it has problems, which are added. */
export function loadFleetFile(env: Environment, problems: Problem[]): FleetFile | null {
  const path = fleetFilePath(env);
  return path === null ? null : readFleetFile(path, problems);
}

/** What the file says in the place of variables that are not set. */
export function fleetFileVariables(file: FleetFile | null): Environment {
  if (file === null) return {};
  const { fleet, schedule, iterations } = file;
  return {
    ...(fleet !== null && { FLEET: fleet }),
    ...(schedule !== null && { SCHEDULE: schedule }),
    ...(iterations !== null && { ITERATIONS: String(iterations) }),
  };
}

/** The backends of the file, this one's among them: a backend leaves itself out. */
export function fleetFilePeers(file: FleetFile | null): PeerSource {
  const peers = (file?.regions ?? []).flatMap(({ code, url }) =>
    url === undefined ? [] : [{ region: code, origin: new URL(url).origin }],
  );
  return peers.length === 0 ? NO_PEERS : { kind: 'list', peers };
}

/** The region as the file describes it, where it does. */
export function describedRegion(region: Region, file: FleetFile | null): Region {
  const entry = file?.regions.find(({ code }) => code === region.code);
  if (entry === undefined) return region;
  const { city, country, latitude, longitude, wireguard_address: address } = entry;
  return {
    ...region,
    ...(city !== undefined && { city }),
    ...(country !== undefined && { country, flag: flagOf(country) }),
    ...(latitude !== undefined && longitude !== undefined && { latitude, longitude }),
    ...(address !== undefined && { wireguardAddress: address }),
  };
}

/** True when there is something to measure in the file, beside what the environment names. */
export function listsTargets(file: FleetFile | null): file is FleetFile {
  return file !== null && file.targets.length + file.queries.length > 0;
}

/** The file's targets. What the environment says of the primary stands in the place of what the file says. */
export function fleetFileTargets(
  file: FleetFile,
  defaults: TargetDefaults,
  env: Environment,
  problems: Problem[],
): Target[] {
  const found: Problem[] = [];
  const entries = file.targets.filter(({ name }) => name !== defaults.primary?.name);
  const targets = resolveTargets(
    { targets: entries, queries: [...file.queries] },
    { defaults, env, problems: found },
    ({ name }) => `targets.${name}`,
  );
  problems.push(...placed(file.path, found, file.lineOf));
  return targets;
}

/** What is odd about the file for the backend that reads it, a line each; no error. */
export function fleetFileRemarks(
  file: FleetFile | null,
  region: string,
  hasPrimary: boolean,
): string[] {
  if (file === null) return [];
  const codes = file.regions.map(({ code }) => code);
  return [
    ...(codes.length > 0 && !codes.includes(region)
      ? [
          `${file.path}: this backend's region ${region} is not one of its regions: ${codes.join(', ')}`,
        ]
      : []),
    ...(hasPrimary && file.targets.some(({ name }) => name === 'primary')
      ? [`${file.path}: the environment describes the primary, and targets.primary is not used`]
      : []),
  ];
}
