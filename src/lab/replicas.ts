import { rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { atExit } from './at-exit.js';
import { jitterOf, roundTripOf, rttBetween } from './distances.js';
import type { EmbeddedPostgres } from './embedded-postgres.js';
import { startEmbeddedReplica } from './embedded-replica.js';
import type { LabOptions } from './options.js';
import { startRelay } from './relay.js';

/** The lab's replicas, as its backends find them. */
export interface Replicas {
  readonly codes: readonly string[];
  /** What a region's backend is told of them: a target each, at its distance from the region. */
  environmentFor(region: string): Promise<Record<string, string>>;
}

export interface ReplicasDeps {
  readonly options: Pick<LabOptions, 'replicas' | 'rttMs'>;
  readonly primary: EmbeddedPostgres;
  /** What was started, to be ended in reverse order. */
  readonly onStarted: (stop: () => Promise<void>) => void;
  readonly say: (text: string) => void;
}

/** Starts a replica near each of `replicas`, fed across its distance from Ireland. */
export async function startReplicas(deps: ReplicasDeps): Promise<Replicas> {
  const { options, onStarted, say } = deps;
  const codes = options.replicas;
  if (codes.length === 0) return { codes, environmentFor: () => Promise.resolve({}) };
  const folder = await mkdtemp(join(tmpdir(), 'pglatency-targets-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const forgetExit = atExit(remove);
  onStarted(() => {
    remove();
    forgetExit();
    return Promise.resolve();
  });
  const servers = new Map<string, EmbeddedPostgres>();
  for (const code of codes) {
    const rttMs = roundTripOf(code, options);
    const server = await startEmbeddedReplica(deps.primary, {
      upstream: await relayTo(deps.primary, rttMs, onStarted),
    });
    onStarted(server.dispose);
    servers.set(code, server);
    say(`a replica near ${code} listens on ${server.host}:${server.port}, fed over ${rttMs} ms`);
  }
  return {
    codes,
    async environmentFor(region) {
      const targets = [];
      for (const [code, server] of servers) {
        const relay = await relayTo(server, rttToReplica(region, code, options), onStarted);
        targets.push({ name: code, mode: 'read-only', ...relay });
      }
      const file = join(folder, `${region}.yaml`);
      await writeFile(file, stringify({ targets }));
      return { TARGETS_FILE: file };
    },
  };
}

async function relayTo(
  upstream: { host: string; port: number },
  rttMs: number,
  onStarted: ReplicasDeps['onStarted'],
): Promise<{ host: string; port: number }> {
  const relay = await startRelay({ upstream, rttMs, jitterMs: jitterOf(rttMs) });
  onStarted(relay.close);
  return { host: '127.0.0.1', port: relay.port };
}

/** From the hub it is as far as from the database beside it. */
export function rttToReplica(
  region: string,
  replica: string,
  options: Pick<LabOptions, 'rttMs'>,
): number {
  if (region === 'hub' || region === 'local') return roundTripOf(replica, options);
  return rttBetween(region, replica, options);
}
