import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/lab/embedded-postgres.js';
import { startEmbeddedReplica } from '../../src/lab/embedded-replica.js';
import { databaseEnvironment } from '../../src/lab/fallback.js';
import { startRelay, type Relay } from '../../src/lab/relay.js';

export interface TestReplica {
  readonly primary: EmbeddedPostgres;
  readonly replica: EmbeddedPostgres;
  /** What the replica receives comes through here. */
  readonly feed: Relay;
  /** The backend's way to the replica. */
  readonly path: Relay;
  /** The environment of a backend that measures both: the targets `primary` and `replica`. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** A PostgreSQL and a streaming replica of it, `rttMs` away from the backend. */
export async function startTestReplica(
  options: { settings?: Readonly<Record<string, string>>; rttMs?: number } = {},
): Promise<TestReplica> {
  const stops: (() => unknown)[] = [];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  try {
    const primary = await startEmbeddedPostgres({ database: 'contacts' });
    stops.push(primary.dispose);
    const feed = await startRelay({ upstream: primary, rttMs: 0 });
    stops.push(feed.close);
    const upstream = { host: '127.0.0.1', port: feed.port };
    const replica = await startEmbeddedReplica(primary, { ...options, upstream });
    stops.push(replica.dispose);
    const path = await startRelay({ upstream: replica, rttMs: options.rttMs ?? 0 });
    stops.push(path.close);
    const folder = mkdtempSync(join(tmpdir(), 'pglatency-test-targets-'));
    stops.push(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'targets.yaml');
    writeFileSync(
      file,
      `targets:\n  - { name: replica, mode: read-only, host: ${replica.host}, port: ${path.port} }\n`,
    );
    const env = { ...databaseEnvironment(primary.connection), TARGETS_FILE: file };
    return { primary, replica, feed, path, env, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
