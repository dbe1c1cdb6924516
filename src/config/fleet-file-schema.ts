import { isIPv4 } from 'node:net';
import cron from 'node-cron';
import { z } from 'zod';
import { fleetName, NAME_FORM, NAME_PATTERN, plainText } from './fields.js';
import { parsePeer } from './peers.js';
import { MAX_QUERIES, MAX_TARGETS, type BuiltInOperation } from './target.js';
import {
  queryEntry,
  targetEntry,
  targetName,
  type QueryEntry,
  type TargetEntry,
} from './targets-file.js';

const MAX_REGIONS = 256;
const MAX_EXPECTED_MS = 60_000;

/** `all` stands for every region in the rules and on the dashboards. */
const regionName = z
  .string()
  .regex(NAME_PATTERN, NAME_FORM)
  .refine((name) => name !== 'all', 'another name: all means every region');

const text = plainText.min(1, 'text').max(60, 'at most 60 characters');

const URL_FORM = 'http:// or https://, a host and a port, such as http://10.0.0.11:8080';

function isOrigin(url: string): boolean {
  try {
    return parsePeer(url).region === null;
  } catch {
    return false;
  }
}

function between(min: number, max: number, unit: string) {
  const expected = `a number from ${min} to ${max}${unit}`;
  return z.number(expected).min(min, expected).max(max, expected);
}

const expectedMs = between(0.001, MAX_EXPECTED_MS, ', milliseconds')
  .optional()
  .meta({ description: 'The usual median in milliseconds.' });

const expectedOperations = z.strictObject({
  connect_ms: expectedMs,
  ping_ms: expectedMs,
  select_ms: expectedMs,
  insert_ms: expectedMs,
} satisfies Record<`${BuiltInOperation}_ms`, unknown>);

const EXPECT = 'operations (select_ms: 260) of every target, or targets with their operations';

const regionEntry = z.strictObject({
  url: z
    .string()
    .refine(isOrigin, URL_FORM)
    .optional()
    .meta({
      description: `Where its backend listens: ${URL_FORM}. The other backends ask it there.`,
    }),
  wireguard_address: z
    .string()
    .refine(isIPv4, 'an IPv4 address')
    .optional()
    .meta({ description: 'Its address inside the tunnel.' }),
  city: text.optional().meta({ description: "Default: the catalogue's." }),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'two capital letters (ISO 3166-1), such as DE')
    .optional(),
  latitude: between(-90, 90, ', degrees').optional(),
  longitude: between(-180, 180, ', degrees').optional(),
  expect: expectedOperations.catchall(expectedOperations).optional().meta({ description: EXPECT }),
});

/** The name is the key. */
const { name, ...targetFields } = targetEntry.shape;

const CRON_FORM = 'a cron expression such as "* * * * *", five fields or six';
const SCRAPE_INTERVAL_FORM = 'a duration from 1s to 5m, such as 15s';
const EVALUATION_INTERVAL_FORM = 'a duration from 15s to 1m, such as 15s';

/** It is written into rule files, and something is put behind it. */
const webAddress = z
  .string()
  .regex(/^https?:\/\/[^\s'"{}#?]{1,200}$/, 'https:// or http://, a host, and a path if need be');

/** What pglatency.yaml holds; schemas/fleet.schema.json is generated from it. */
export const fleetFileSchema = z.strictObject({
  fleet: fleetName.optional().meta({ description: 'The `fleet` label.' }),
  schedule: z
    .string(CRON_FORM)
    .refine(cron.validate, CRON_FORM)
    .optional()
    .meta({ description: 'Cron in UTC, five fields, or six with seconds first.' }),
  iterations: z
    .int('a whole number from 1 to 100')
    .min(1, 'a whole number from 1 to 100')
    .max(100, 'a whole number from 1 to 100')
    .optional()
    .meta({ description: 'Rounds in a run.' }),
  scrape_interval: z
    .string(SCRAPE_INTERVAL_FORM)
    .regex(/^[1-9]\d{0,2}s$|^[1-5]m$/, SCRAPE_INTERVAL_FORM)
    .default('15s')
    .meta({ description: 'How often Prometheus scrapes.' }),
  evaluation_interval: z
    .string(EVALUATION_INTERVAL_FORM)
    .regex(/^(1[5-9]|[2-5]\d|60)s$|^1m$/, EVALUATION_INTERVAL_FORM)
    .optional()
    .meta({
      description:
        'How often the rules that alert are evaluated, at least. Default: each 30s or 1m. For vmalert: 15s.',
    }),
  regions: z
    .record(regionName, regionEntry)
    .refine((it) => Object.keys(it).length <= MAX_REGIONS, `at most ${MAX_REGIONS} regions`)
    .default({}),
  targets: z
    .record(targetName, z.strictObject(targetFields))
    .refine((it) => Object.keys(it).length <= MAX_TARGETS, `at most ${MAX_TARGETS} targets`)
    .default({}),
  queries: z.array(queryEntry).max(MAX_QUERIES, `at most ${MAX_QUERIES} queries`).default([]),
  links: z
    .strictObject({ grafana: webAddress.optional(), runbook: webAddress.optional() })
    .default({})
    .meta({ description: 'What the alerts link to.' }),
});

type RegionEntry = z.infer<typeof regionEntry>;

/** What describes a whole fleet. Nothing of it depends on which backend reads it. */
export interface FleetFile {
  readonly path: string;
  /** null: it does not say. */
  readonly fleet: string | null;
  readonly schedule: string | null;
  readonly iterations: number | null;
  /** `15s` */
  readonly scrapeInterval: string;
  readonly evaluationInterval: string | null;
  readonly regions: readonly FleetRegion[];
  readonly targets: readonly TargetEntry[];
  readonly queries: readonly QueryEntry[];
  readonly links: { readonly grafana: string | null; readonly runbook: string | null };
  /** The line of `targets.reports.follows`, from 1. */
  lineOf(field: string): number;
}

export interface FleetRegion extends RegionEntry {
  readonly code: string;
}

const EXPECTED_KEYS = Object.keys(expectedOperations.shape);

/** The keys that the map at this path may have; null: any. */
export function keysAt([list, , third, fourth]: readonly (string | number)[]): string[] | null {
  if (third === 'expect') return fourth === undefined ? null : EXPECTED_KEYS;
  const fields: Readonly<Record<string, object>> = {
    regions: regionEntry.shape,
    targets: targetFields,
    queries: queryEntry.shape,
    links: { grafana: '', runbook: '' },
  };
  return Object.keys(fields[String(list)] ?? fleetFileSchema.shape);
}
