/** The only file that lies in src/ itself. */
export const ENTRY = 'cli.ts';

/**
 * The folders of src/, from the top to the bottom. A file imports from its own folder and from those
 * below it; `only` names the folders, or single files, that one is kept to. The lint rule and the drawing in docs/design.md
 * read this list.
 *
 * @type {readonly { folder: string, holds: string, only?: readonly string[] }[]}
 */
export const LAYERS = [
  { folder: 'commands', holds: 'one file a command: its options, its help, its exit code' },
  { folder: 'audit', holds: "an application's round trips, counted between it and its database" },
  { folder: 'audit/report', holds: 'what is said of them: kinds of units, regions, savings' },
  { folder: 'audit/proxy', holds: 'sockets on both sides: TLS, cancel requests, backpressure' },
  { folder: 'audit/count', holds: 'flights from the order of messages, units from flights' },
  { folder: 'doctor', holds: 'all that is wrong with a database and the way to it, in one run' },
  { folder: 'doctor/checks', holds: 'a check a file: what is asked, and how the answer is judged' },
  { folder: 'doctor/patient', holds: 'the database that is looked at, on two connections at most' },
  {
    folder: 'replay',
    holds:
      'the rules of a fleet over the history that a Prometheus has, evaluated by another Prometheus',
    only: ['lab', 'rules', 'base'],
  },
  { folder: 'lab', holds: 'regions on this machine, at their real distances' },
  { folder: 'bench', holds: 'a run in every region now, ranked and compared' },
  {
    folder: 'dashboards',
    holds: "Grafana's dashboards as code; nothing of it is in the image",
    only: ['metrics/names.ts', 'rules', 'regions'],
  },
  { folder: 'backend', holds: 'one backend put together: start, reload, stop' },
  { folder: 'http', holds: 'routers, the token, the limits' },
  { folder: 'page', holds: 'the files of the page that every backend serves', only: [] },
  { folder: 'page/client', holds: 'what runs in the browser', only: ['api'] },
  { folder: 'fleet', holds: 'the other backends: what they answer, and the ranking' },
  {
    folder: 'wireguard',
    holds: "the tunnel's keys, configuration and state",
    only: ['metrics', 'config', 'regions', 'base'],
  },
  {
    folder: 'rules/unit-tests',
    holds: 'unit tests of the rules of any fleet, for promtool',
    only: ['rules'],
  },
  {
    folder: 'rules/grafana',
    holds: 'the same alerts for Grafana to evaluate',
    only: ['rules'],
  },
  {
    folder: 'rules',
    holds: "alert and recording rules as code, for any fleet, and Alertmanager's configuration",
    only: ['metrics/names.ts', 'schedule', 'config', 'regions', 'base'],
  },
  {
    folder: 'alertmanager',
    holds: 'a running Alertmanager, and a test alert that it sends on',
    only: ['base'],
  },
  { folder: 'runs', holds: 'what a backend has in memory: its targets, its runs, their history' },
  {
    folder: 'metrics',
    holds: 'names.ts, and what is counted under those names',
    only: ['probe', 'probe/results', 'config', 'regions', 'base'],
  },
  {
    folder: 'schedule',
    holds: 'when to run: cron, stagger, late ticks, steps of the clock',
    only: ['regions', 'base'],
  },
  { folder: 'api', holds: 'the contract: answers, parameters, errors, OpenAPI' },
  { folder: 'ping', holds: 'how far a database is, for a person who asks once' },
  { folder: 'probe', holds: 'the measurement: runs, rounds, operations, the thread they run on' },
  {
    folder: 'probe/connection',
    holds: 'the connection that we make ourselves: resolve, dial, TLS, startup, cancel',
  },
  { folder: 'probe/results', holds: 'samples, reasons of failures, statistics' },
  { folder: 'config', holds: 'the environment, the targets file, TLS settings, own queries' },
  { folder: 'regions', holds: 'the catalogue of regions' },
  { folder: 'base', holds: 'what every folder may use: errors, the log, the version' },
];

/**
 * Packages that only these folders import.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const PACKAGES = {
  pg: ['probe/connection', 'lab'],
  express: ['http', 'page'],
  helmet: ['http'],
  'express-rate-limit': ['http'],
  'node-cron': ['schedule', 'config', 'commands'],
  pino: ['base'],
  commander: ['commands'],
  '@grafana/grafana-foundation-sdk': ['dashboards'],
};
