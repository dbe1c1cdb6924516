import { parseExposition, valueOf } from '../helpers/exposition.js';
import { until } from '../helpers/until.js';
import { APP, SCRATCH, type Host, type Started } from './host.js';

export const BACKEND_PORT = 8080;

/** A region's machine, running the real entrypoint. */
export interface Region {
  readonly code: string;
  readonly host: Host;
  readonly entrypoint: Started;
  /** Asks its backend, from the machine itself; null while nothing answers. */
  get(path: string, port?: number): Promise<string | null>;
  /** A metric's sum; undefined if it is absent, or nothing answers. */
  metric(name: string, labels?: Record<string, string>): Promise<number | undefined>;
  /** Waits until its backend answers, which it does behind a tunnel that is up. */
  up(): Promise<void>;
  /** Waits for a scheduled run that begins and succeeds after now. */
  nextSuccess(withinMs: number): Promise<void>;
}

export async function startRegion(
  code: string,
  host: Host,
  files: Readonly<Record<string, string>>,
  env: Record<string, string>,
): Promise<Region> {
  for (const [name, content] of Object.entries(files)) {
    await host.run('tee', [`${SCRATCH}/${name}`], { input: content });
  }
  const entrypoint = host.start(`${APP}/entrypoint.sh`, [], {
    FLY_REGION: code,
    FLY_MACHINE_ID: `${code}-machine`,
    BACKEND_USER: 'nobody',
    PORT: String(BACKEND_PORT),
    LOG_LEVEL: 'warn',
    ...env,
  });

  const get: Region['get'] = async (path, port = BACKEND_PORT) => {
    const url = `http://127.0.0.1:${port}${path}`;
    const { code: exit, stdout } = await host.run('curl', ['-sS', '--max-time', '5', url]);
    return exit === 0 ? stdout : null;
  };
  const metric: Region['metric'] = async (name, labels) => {
    const text = await get('/metrics');
    return text === null ? undefined : valueOf(parseExposition(text), name, labels);
  };
  return {
    code,
    host,
    entrypoint,
    get,
    metric,
    async up() {
      await until(async () => (await get('/healthz')) !== null, {
        what: `the backend of ${code}`,
        withinMs: 60_000,
        everyMs: 500,
      }).catch((error: unknown) => {
        throw new Error(entrypoint.output(), { cause: error });
      });
    },
    async nextSuccess(withinMs) {
      const before = (await metric('pglatency_last_success_timestamp_seconds')) ?? 0;
      const runs = { trigger: 'schedule' };
      const started = (await metric('pglatency_runs_total', runs)) ?? 0;
      await until(
        async () => {
          const last = (await metric('pglatency_last_success_timestamp_seconds')) ?? 0;
          return last > before && ((await metric('pglatency_runs_total', runs)) ?? 0) > started;
        },
        { what: `a successful run in ${code}`, withinMs, everyMs: 2_000 },
      ).catch(async (error: unknown) => {
        const latest = (await get('/api/rds/latest')) ?? 'nothing';
        const { stdout: tunnel } = await host.run('wg', ['show']);
        const { stdout: routes } = await host.run('ip', ['-s', 'route']);
        const what = [`${code} answers ${latest}`, entrypoint.output(), tunnel, routes].join('\n');
        throw new Error(what, { cause: error });
      });
    },
  };
}

/**
 * Milliseconds: what a TCP handshake to the hub's database port takes, one round trip. Of many the
 * lower tenth: what the path costs on a machine that does nothing else, also while it does.
 */
export async function roundTripMs({ host }: Region): Promise<number> {
  const script = `
    const { connect } = require('node:net');
    const times = [];
    const next = () => {
      if (times.length === 41) return console.log(times.sort((a, b) => a - b)[4]);
      const start = performance.now();
      const socket = connect(5432, '10.50.0.1', () => {
        times.push(performance.now() - start);
        socket.destroy();
        setTimeout(next, 50);
      });
    };
    next();`;
  const { stdout, stderr } = await host.run('node', ['-e', script]);
  if (stdout === '') throw new Error(stderr);
  return Number(stdout);
}
