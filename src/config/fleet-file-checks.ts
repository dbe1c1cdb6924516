import type { Problem } from '../base/errors.js';
import { closest } from './closest.js';
import type { FleetFile } from './fleet-file-schema.js';
import { BUILT_IN_OPERATIONS } from './target.js';

/** Adds what can only be seen across the entries of a file. */
export function checkFleetFile(file: FleetFile, problems: Problem[]): void {
  checkAddresses(file, problems);
  checkCoordinates(file, problems);
  checkExpectations(file, problems);
}

/** Two regions at one address are one backend with two names, and one tunnel with two ends. */
function checkAddresses({ regions }: FleetFile, problems: Problem[]): void {
  for (const key of ['url', 'wireguard_address'] as const) {
    const owners = new Map<string, string>();
    for (const region of regions) {
      const value = region[key];
      if (value === undefined) continue;
      const address = key === 'url' ? new URL(value).origin : value;
      const owner = owners.get(address);
      if (owner === undefined) owners.set(address, region.code);
      else {
        const expected = `an address of its own: ${owner} has this one`;
        problems.push({ field: `regions.${region.code}.${key}`, value, expected });
      }
    }
  }
}

function checkCoordinates({ regions }: FleetFile, problems: Problem[]): void {
  for (const { code, latitude, longitude } of regions) {
    if ((latitude === undefined) === (longitude === undefined)) continue;
    const [there, missing] =
      latitude === undefined ? ['longitude', 'latitude'] : ['latitude', 'longitude'];
    const expected = `${missing} beside ${there}`;
    problems.push({ field: `regions.${code}.${there}`, value: null, expected });
  }
}

/** An expectation for a target that the file does not list must be meant for another one. */
function checkExpectations({ regions, targets }: FleetFile, problems: Problem[]): void {
  const names = targets.map(({ name }) => name);
  const operations = BUILT_IN_OPERATIONS.map((operation) => `${operation}_ms`);
  for (const { code, expect = {} } of regions) {
    for (const key of Object.keys(expect)) {
      const known = [...operations, ...names, 'primary'];
      if (known.includes(key)) continue;
      const meant = closest(key, known);
      const hint = meant === null ? '' : `; did you mean ${meant}?`;
      const expected = `one of ${operations.join(', ')}, or a target: ${names.join(', ') || 'none is listed'}${hint}`;
      problems.push({ field: `regions.${code}.expect.${key}`, value: null, expected });
    }
  }
}
