import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate } from 'selfsigned';
import { startBackendProcess, type BackendProcess } from '../../src/lab/backend-process.js';
import { jitterOf, roundTripOf } from '../../src/lab/distances.js';
import { startEmbeddedPostgres } from '../../src/lab/embedded-postgres.js';
import { startPrometheus } from '../../src/lab/prometheus.js';
import { startRelay, type Relay } from '../../src/lab/relay.js';
import { DEFAULT_FLEET_CODES } from '../../src/regions/default-fleet.js';
import { regionOf } from '../../src/regions/regions.js';
import { writeQuickRules } from './quick-rules.js';
import { createTargetsFile } from './targets-file.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** The region that also reads from a target without distance. */
const TWO_TARGETS: string = 'iad';

export interface FleetLab {
  readonly prometheusUrl: string;
  /** The path of each region, to be broken. */
  readonly relays: ReadonlyMap<string, Relay>;
  stop(): Promise<void>;
}

/**
 * The lab's own parts as a fleet that a test can break: ten backend processes at their distances from
 * one database of their own, which measure every five seconds, and a Prometheus with the quick rules on them.
 */
export async function startFleetLab(prometheus: string): Promise<FleetLab> {
  const stops: (() => unknown)[] = [];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  try {
    const database = await startTlsServer();
    stops.push(database.dispose);
    const tunnel = startTunnelStatus();
    stops.push(tunnel.stop);
    const env = {
      // A name, so that there is a look-up to measure.
      DB_HOST: 'localhost',
      DB_USER: database.user,
      DB_PASSWORD: database.password,
      DB_NAME: 'postgres',
      DB_SSLMODE: 'require',
      WIREGUARD_STATUS_FILE: tunnel.file,
    };
    const relays = new Map<string, Relay>();
    const backends: BackendProcess[] = [];
    stops.push(() => Promise.all(backends.map((backend) => backend.stop())));
    for (const code of DEFAULT_FLEET_CODES) {
      const relay = await startRelay({
        upstream: { host: database.host, port: database.port },
        rttMs: roundTripOf(code),
        jitterMs: jitterOf(roundTripOf(code)),
      });
      stops.unshift(relay.close);
      relays.set(code, relay);
    }
    const targets = createTargetsFile();
    stops.push(() => rmSync(targets.folder, { recursive: true, force: true }));
    targets.write([{ name: 'near', host: database.host, port: database.port }]);
    await Promise.all(
      [...relays].map(async ([code, relay]) => {
        const second = code === TWO_TARGETS ? { TARGETS_FILE: targets.path } : {};
        const settings = { ...env, ...second, DB_PORT: String(relay.port) };
        backends.push(await startBackend(code, settings));
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

/** With TLS, so that there is a handshake to measure and a certificate that ends. */
async function startTlsServer() {
  const certificate = await generate([{ name: 'commonName', value: 'localhost' }]);
  return startEmbeddedPostgres({
    settings: { ssl: 'on' },
    files: { 'server.crt': certificate.cert, 'server.key': certificate.private },
  });
}

function startBackend(code: string, database: Record<string, string>) {
  return startBackendProcess({
    region: regionOf(code),
    rttMs: roundTripOf(code),
    cliPath: CLI,
    env: {
      ...database,
      PATH: process.env['PATH'] ?? '',
      FLY_REGION: code,
      LISTEN_HOST: '127.0.0.1',
      PORT: '0',
      SCHEDULE: '*/5 * * * * *',
      ITERATIONS: '3',
      // Seven round trips of TLS from Sydney are two seconds.
      OPERATION_TIMEOUT_MS: '2500',
    },
    onRun: () => undefined,
    onEnd: (why) => console.error(`${code}: ${why}`),
    signal: AbortSignal.timeout(60_000),
  });
}

/**
 * Keeps a file as fresh as the entrypoint keeps it, for there is no tunnel on this machine: what
 * reads it, exports it and draws it is the product's own.
 */
function startTunnelStatus(): { file: string; stop: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'pglatency-test-tunnel-'));
  const file = join(folder, 'wireguard');
  let bytes = 0;
  const write = () => {
    bytes += 1_000;
    const now = Math.floor(Date.now() / 1_000);
    writeFileSync(
      file,
      `latest_handshake ${now}\nreceive_bytes ${bytes}\ntransmit_bytes ${bytes}\n`,
    );
  };
  write();
  const timer = setInterval(write, 2_000);
  const stop = () => {
    clearInterval(timer);
    rmSync(folder, { recursive: true, force: true });
  };
  return { file, stop };
}
