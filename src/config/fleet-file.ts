import { existsSync } from 'node:fs';
import type { z } from 'zod';
import type { Environment } from '../base/cli-deps.js';
import type { Problem } from '../base/errors.js';
import { closest } from './closest.js';
import { checkFleetFile } from './fleet-file-checks.js';
import { fleetFileSchema, keysAt, type FleetFile } from './fleet-file-schema.js';
import { readYaml, type YamlFile } from './read-yaml.js';
import { HIDDEN_KEYS, pathText, typeExpected, valueAt } from './targets-file.js';

/** More problems than anybody reads at once; the place of each is looked for. */
const MAX_SHOWN = 50;
/** Looked for in the working folder. */
export const FLEET_FILE = 'pglatency.yaml';
/** As PGLATENCY_FILE: read none, whatever lies in the working folder. */
const NO_FILE = 'none';

/** The file that PGLATENCY_FILE names, or the one of the working folder; null: there is none. */
export function fleetFilePath(env: Environment): string | null {
  const named = env.PGLATENCY_FILE ?? '';
  if (named !== '') return named === NO_FILE ? null : named;
  return existsSync(FLEET_FILE) ? FLEET_FILE : null;
}

/** Reads it, or adds every problem with its place and returns null. Reads no other file. */
export function readFleetFile(path: string, problems: Problem[]): FleetFile | null {
  const found: Problem[] = [];
  const yaml = readYaml(path, found);
  const file = yaml === null ? null : toFleetFile(path, yaml, found);
  const lineOf = (field: string) => yaml?.lineOf(pathOf(field)) ?? 1;
  problems.push(...placed(path, found.slice(0, MAX_SHOWN), lineOf));
  if (found.length > MAX_SHOWN) {
    const expected = `no problem; there are ${found.length - MAX_SHOWN} more`;
    problems.push({ field: path, value: null, expected });
  }
  return found.length > 0 ? null : file;
}

/** The problems with the file's name and their lines before their fields. */
export function placed(
  path: string,
  problems: readonly Problem[],
  lineOf: (field: string) => number,
): Problem[] {
  return problems.map(({ field, ...rest }) => {
    if (field === '') return { field: path, ...rest };
    const place = field.startsWith('line ') ? field : `line ${lineOf(field)}: ${field}`;
    return { field: `${path} ${place}`, ...rest };
  });
}

/** `targets.reports.operations[0]` → its steps. */
function pathOf(field: string): string[] {
  return field.split(/[.[\]]+/).filter((step) => step !== '');
}

function toFleetFile(path: string, yaml: YamlFile, problems: Problem[]): FleetFile | null {
  const expected = 'a map with fleet, regions, targets and so on';
  const { value } = yaml;
  if (value === null || value === undefined) {
    problems.push({ field: '', value: null, expected: `${expected}; the file is empty` });
    return null;
  }
  const parsed = fleetFileSchema.safeParse(value, { error: typeExpected });
  if (!parsed.success) {
    problems.push(...parsed.error.issues.flatMap((issue) => toProblems(issue, value)));
    return null;
  }
  const { fleet, schedule, iterations, queries, links, ...rest } = parsed.data;
  const file: FleetFile = {
    path,
    fleet: fleet ?? null,
    schedule: schedule ?? null,
    iterations: iterations ?? null,
    scrapeInterval: rest.scrape_interval,
    evaluationInterval: rest.evaluation_interval ?? null,
    regions: Object.entries(rest.regions).map(([code, entry]) => ({ code, ...entry })),
    targets: Object.entries(rest.targets).map(([name, entry]) => ({ name, ...entry })),
    queries,
    links: { grafana: links.grafana ?? null, runbook: links.runbook ?? null },
    lineOf: (field) => yaml.lineOf(pathOf(field)),
  };
  checkFleetFile(file, problems);
  return file;
}

function toProblems(issue: z.core.$ZodIssue, root: unknown): Problem[] {
  const path = issue.path as (string | number)[];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(path, key));
  }
  if (issue.code === 'invalid_key') {
    const name = String(path.at(-1));
    return [
      { field: pathText(path.slice(0, -1)), value: name, expected: issue.issues[0]?.message ?? '' },
    ];
  }
  const value = path.some((key) => HIDDEN_KEYS.has(key)) ? undefined : valueAt(root, path);
  const isScalar = ['string', 'number', 'boolean'].includes(typeof value);
  return [
    { field: pathText(path), value: isScalar ? String(value) : null, expected: issue.message },
  ];
}

/** A value is not shown: it may be a secret that has no place here. */
function unknownKey(path: readonly (string | number)[], key: string): Problem {
  const field = pathText([...path, /^[\w-]{1,40}$/.test(key) ? key : '(a key that is not text)']);
  if (/pass/i.test(key) && path[0] === 'targets') {
    const expected = 'no password in clear: use password_env or password_file';
    return { field, value: null, expected };
  }
  const keys = keysAt(path) ?? [];
  const meant = closest(key, keys);
  const hint = meant === null ? '' : `; did you mean ${meant}?`;
  return { field, value: null, expected: `one of ${keys.join(', ')}${hint}` };
}
