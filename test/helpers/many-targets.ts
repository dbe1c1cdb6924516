import { findFreePort } from '../../src/lab/ports.js';
import { startRelay, type Relay } from '../../src/lab/relay.js';

export interface ManyTargets {
  /** As a TARGETS_FILE lists them; `d1` is a millisecond away. */
  readonly healthy: readonly {
    readonly name: string;
    readonly rttMs: number;
    readonly entry: object;
  }[];
  /** Nothing passes, nobody is told. */
  readonly hanging: readonly object[];
  readonly refusing: readonly object[];
  close(): Promise<void>;
}

const DISTANCES_MS = [1, 20, 80, 150, 300];

/**
 * Eight targets: five on a server at distances from 1 to 300 ms, two that hang, one that refuses.
 * `databaseFor` names a database for each of the five.
 */
export async function startManyTargets(
  server: { readonly host: string; readonly port: number },
  databaseFor: (name: string) => Promise<string>,
): Promise<ManyTargets> {
  const relays: Relay[] = [];
  const close = async () => {
    await Promise.all(relays.map((relay) => relay.close()));
  };
  const host = '127.0.0.1';
  const relayAt = async (rttMs: number) => {
    const relay = await startRelay({ upstream: server, rttMs });
    relays.push(relay);
    return relay;
  };
  try {
    const healthy = [];
    for (const rttMs of DISTANCES_MS) {
      const name = `d${rttMs}`;
      const { port } = await relayAt(rttMs);
      healthy.push({ name, rttMs, entry: { name, host, port, database: await databaseFor(name) } });
    }
    const hanging = [];
    for (const name of ['hangs-1', 'hangs-2']) {
      const relay = await relayAt(1);
      relay.freeze();
      hanging.push({ name, host, port: relay.port });
    }
    const refusing = [{ name: 'refuses', host, port: await findFreePort() }];
    return { healthy, hanging, refusing, close };
  } catch (error) {
    await close();
    throw error;
  }
}
