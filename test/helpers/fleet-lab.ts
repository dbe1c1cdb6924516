import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startBackendProcess, type BackendProcess } from '../../src/lab/backend-process.js';
import { jitterOf, RTT_MS } from '../../src/lab/distances.js';
import { startPrometheus } from '../../src/lab/prometheus.js';
import { startRelay, type Relay } from '../../src/lab/relay.js';
import { CATALOGUE_CODES, regionOf, type CatalogueCode } from '../../src/regions.js';
import { createDatabase } from './database.js';
import { writeQuickRules } from './quick-rules.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

export interface FleetLab {
  readonly prometheusUrl: string;
  /** The path of each region, to be broken. */
  readonly relays: ReadonlyMap<CatalogueCode, Relay>;
  stop(): Promise<void>;
}

/**
 * The lab's own parts as a fleet that a test can break: ten backend processes at their distances from
 * one database, which measure every five seconds, and a Prometheus with the quick rules on them.
 */
export async function startFleetLab(prometheus: string): Promise<FleetLab> {
  const stops: (() => unknown)[] = [];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  try {
    const database = await createDatabase();
    stops.push(database.drop);
    const relays = new Map<CatalogueCode, Relay>();
    const backends: BackendProcess[] = [];
    stops.push(() => Promise.all(backends.map((backend) => backend.stop())));
    for (const code of CATALOGUE_CODES) {
      const relay = await startRelay({
        upstream: { host: database.env['DB_HOST'] ?? '', port: Number(database.env['DB_PORT']) },
        rttMs: RTT_MS[code],
        jitterMs: jitterOf(RTT_MS[code]),
      });
      stops.unshift(relay.close);
      relays.set(code, relay);
    }
    await Promise.all(
      [...relays].map(async ([code, relay]) => {
        backends.push(await startBackend(code, { ...database.env, DB_PORT: String(relay.port) }));
      }),
    );
    const rulesFolder = writeQuickRules();
    stops.push(() => rmSync(rulesFolder, { recursive: true, force: true }));
    const server = await startPrometheus(
      prometheus,
      backends.map(({ url }) => url),
      { scrapeInterval: '3s', rulesFolder },
    );
    stops.push(server.stop);
    return { prometheusUrl: server.url, relays, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function startBackend(code: CatalogueCode, database: Record<string, string>) {
  return startBackendProcess({
    region: regionOf(code),
    rttMs: RTT_MS[code],
    cliPath: CLI,
    env: {
      ...database,
      PATH: process.env['PATH'] ?? '',
      FLY_REGION: code,
      LISTEN_HOST: '127.0.0.1',
      PORT: '0',
      SCHEDULE: '*/5 * * * * *',
      ITERATIONS: '3',
      OPERATION_TIMEOUT_MS: '1500',
    },
    onRun: () => undefined,
    onEnd: (why) => console.error(`${code}: ${why}`),
    signal: AbortSignal.timeout(60_000),
  });
}
