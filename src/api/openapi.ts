import { z } from 'zod';
import { VERSION } from '../base/version.js';
import {
  benchmarkAnswer,
  errorAnswer,
  healthAnswer,
  healthzAnswer,
  historyAnswer,
  infoAnswer,
  latestAnswer,
  progressEvent,
} from './answers.js';
import {
  badgeParameters,
  benchmarkQuery,
  historyQuery,
  latestQuery,
  noQuery,
  targetQuery,
} from './parameters.js';
import { fleetAnswer } from './fleet-answer.js';
import { FIRST_NAMES, type RenamedPath } from './paths.js';
import { scrapeTargets } from './scrape-targets.js';

interface Path {
  readonly summary: string;
  readonly query: z.ZodObject;
  /** What stands in braces in the path. */
  readonly parameters?: z.ZodObject;
  /** Status → what it means, and the shape of the answer; a string is a media type of plain text. */
  readonly answers: Readonly<Record<number, readonly [string, z.ZodType | string]>>;
  /** It needs the token, when one is set. */
  readonly guarded?: true;
  /** Also by POST, which fits better for a request that starts something. */
  readonly started?: true;
}

const UNKNOWN_TARGET = [
  'No target has this name; the error lists those that exist',
  errorAnswer,
] as const;

const PATHS = {
  '/api/info': {
    summary: 'Who answers: region, machine, version, schedule',
    query: noQuery,
    answers: { 200: ['This backend', infoAnswer] },
  },
  '/api/health': {
    summary: 'Whether a new connection to the database can be opened now',
    query: targetQuery,
    answers: {
      404: UNKNOWN_TARGET,
      200: ['connected, or disabled when no database is configured', healthAnswer],
      503: ['error, with the reason', healthAnswer],
    },
    guarded: true,
  },
  '/api/benchmark': {
    summary: 'A run on demand; Accept: text/event-stream streams its progress',
    query: benchmarkQuery,
    answers: {
      404: UNKNOWN_TARGET,
      200: ['The run; what was not measured is null', benchmarkAnswer],
      502: ['The database refused', errorAnswer],
      503: ['No database is configured, or it cannot be used now', errorAnswer],
      504: ['The database is too slow', errorAnswer],
    },
    guarded: true,
    started: true,
  },
  '/api/latest': {
    summary: 'The latest scheduled run of each target',
    query: latestQuery,
    answers: { 200: ['Summaries; empty before the first run', latestAnswer], 404: UNKNOWN_TARGET },
  },
  '/api/history': {
    summary: 'The kept scheduled runs, oldest first: an array for each figure',
    query: targetQuery,
    answers: { 200: ['Empty before the first run', historyAnswer], 404: UNKNOWN_TARGET },
  },
  '/api/fleet': {
    summary:
      'The latest results of every configured peer, ranked; also the peers that did not answer',
    query: noQuery,
    answers: { 200: ['The regions; the measured ones first', fleetAnswer] },
  },
  '/api/fleet/history': {
    summary: 'The kept scheduled runs of a peer, which this backend asks for them',
    query: historyQuery,
    answers: {
      200: ['As /api/history of that region', historyAnswer],
      404: ['No peer has this region', errorAnswer],
      502: ['The peer did not answer, or not as expected', errorAnswer],
    },
  },
  '/api/fleet/targets': {
    summary: "This backend and its peers, for Prometheus's HTTP service discovery",
    query: noQuery,
    answers: {
      200: ['A group for each backend', scrapeTargets],
      503: [
        'The list of peers could not be read again; Prometheus keeps the list that it has',
        errorAnswer,
      ],
    },
  },
  '/badge/{region}.svg': {
    summary: "A region's state and latest read as a badge, or the fleet's; cached for a minute",
    query: noQuery,
    parameters: badgeParameters,
    answers: {
      200: ['An image', 'image/svg+xml'],
      404: ['No backend has this region', errorAnswer],
    },
  },
  '/metrics': {
    summary: "Prometheus's text format",
    query: noQuery,
    answers: { 200: ['Every series', 'text/plain; version=0.0.4; charset=utf-8'] },
  },
  '/healthz': {
    summary: 'Whether the process and its probe are alive, even if the database is not',
    query: noQuery,
    answers: { 200: ['Alive', healthzAnswer], 503: ['The probe does not answer', healthzAnswer] },
  },
  '/openapi.json': {
    summary: 'This document',
    query: noQuery,
    answers: { 200: ['OpenAPI 3.1', 'application/json'] },
  },
} satisfies Readonly<Record<string, Path>> & Readonly<Record<RenamedPath, Path>>;

/** Every path that a backend answers, under each of its names. */
export const API_PATHS: readonly string[] = [...Object.keys(PATHS), ...Object.values(FIRST_NAMES)];

/** Of every path. */
const COMMON_ANSWERS: Path['answers'] = {
  413: ['The request has a body', errorAnswer],
  421: ["The name in Host is not one of this backend's: see ALLOWED_HOSTS", errorAnswer],
  503: ['Too many requests at once; see Retry-After', errorAnswer],
};

const GUARDED_ANSWERS: Path['answers'] = {
  403: ['A page of another site, or a prefetch, sent the request', errorAnswer],
  401: ['The bearer token is missing or wrong', errorAnswer],
  429: ['A run is in progress, or there are too many requests; see Retry-After', errorAnswer],
};

/** The OpenAPI document, made from the schemas that validate and type the answers. */
export function openApiDocument(): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'pglatency',
      version: VERSION,
      description: 'PostgreSQL latency, measured from one region.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    paths: {
      ...Object.fromEntries(
        Object.entries(PATHS).map(([path, it]) => [path, methodsOf(it, toGet(it))]),
      ),
      ...Object.fromEntries(
        Object.entries(FIRST_NAMES).map(([path, first]) => [
          first,
          methodsOf(PATHS[path as RenamedPath], toFirstGet(path)),
        ]),
      ),
    },
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
  };
}

function methodsOf({ started }: Path, operation: object): object {
  return { get: operation, ...(started && { post: operation }) };
}

/** The first name of a path. It is not deprecated: it stays. */
function toFirstGet(path: string): object {
  const get = toGet(PATHS[path as RenamedPath]);
  return { ...get, summary: `The same as ${path}, under its first name`, deprecated: false };
}

function toGet({ summary, query, parameters, answers, guarded }: Path): object {
  const takesParameters = parameters !== undefined || Object.keys(query.shape).length > 0;
  const all = {
    ...COMMON_ANSWERS,
    ...answers,
    ...(takesParameters && { 400: ['A parameter is not allowed', errorAnswer] as const }),
    ...(guarded && GUARDED_ANSWERS),
  };
  return {
    summary,
    ...(guarded && { security: [{}, { bearer: [] }] }),
    parameters: [
      ...(parameters === undefined ? [] : toParameters(parameters, 'path')),
      ...toParameters(query, 'query'),
    ],
    responses: Object.fromEntries(
      Object.entries(all).map(([status, [description, shape]]) => [
        status,
        { description, content: toContent(shape) },
      ]),
    ),
  };
}

function toParameters(of: z.ZodObject, place: 'path' | 'query'): object[] {
  const { properties = {} } = toSchema(of, 'input') as { properties?: Record<string, object> };
  return Object.entries(properties).map(([name, schema]) => ({
    ...{ name, in: place, schema },
    ...(place === 'path' && { required: true }),
  }));
}

function toContent(shape: z.ZodType | string): object {
  if (typeof shape === 'string') return { [shape]: {} };
  return {
    'application/json': { schema: toSchema(shape, 'output') },
    ...(shape === benchmarkAnswer && {
      'text/event-stream': { schema: toSchema(progressEvent, 'output') },
    }),
  };
}

function toSchema(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema, ...json } = z.toJSONSchema(schema, { io });
  return json;
}
