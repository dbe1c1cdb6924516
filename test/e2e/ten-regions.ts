import { randomBytes } from 'node:crypto';
import { DEFAULT_FLEET } from '../../src/regions/default-fleet.js';
import { findTool } from '../helpers/tools.js';
import { SCRATCH } from './host.js';
import { setUpHub } from './hub.js';
import { DATABASE_NAME, machineAddress, startNetwork, type Network } from './network.js';
import { roundTripMs, startRegion, type Region } from './region.js';

const TOOLS = [
  'unshare',
  'nsenter',
  'ip',
  'iptables',
  'wg',
  'wg-quick',
  'wireguard-go',
  'setpriv',
  'curl',
];

/** What the test needs and this machine lacks; said loudly. */
export const missing = [
  ...TOOLS.filter((tool) => findTool(tool) === null),
  ...(process.getuid?.() === 0 ? [] : ['root']),
];
if (missing.length > 0) {
  console.warn(`\n*** SKIPPED: the end-to-end test needs ${missing.join(', ')} ***\n`);
}

/** Whether to leave the test out: never in CI, where it has to fail. */
export const skipped = missing.length > 0 && process.env.CI !== 'true';

export const HANDSHAKE = 'pglatency_wireguard_last_handshake_timestamp_seconds';

export interface TenRegions {
  readonly network: Network;
  /** How a backend reaches the database through the tunnel. */
  readonly databaseEnv: Readonly<Record<string, string>>;
  /** The tunnel's part of the environment, the same for all: every region's key is in it. */
  readonly tunnelEnv: Readonly<Record<string, string>>;
  readonly all: readonly Region[];
  region(code: string): Region;
  /** A second machine that says that it is a region. */
  startTwin(code: string): Promise<Region>;
  /** To be called also after a failure. */
  stop(): Promise<void>;
}

/** A region's address inside the tunnel. */
export function tunnelAddress(code: string): string {
  return DEFAULT_FLEET.find((it) => it.code === code)?.wireguardAddress as string;
}

/** The network, its hub, and ten regions that run the real entrypoint, each at its distance. */
export async function startTenRegions(): Promise<TenRegions> {
  if (missing.length > 0) throw new Error(`missing: ${missing.join(', ')}`);
  const password = randomBytes(18).toString('base64url');
  const network = await startNetwork(password);
  const databaseEnv = {
    DB_HOST: '10.50.0.1',
    DB_USER: 'pglatency',
    DB_PASSWORD: password,
    DB_CA_FILE: `${SCRATCH}/ca.pem`,
    DB_TLS_SERVERNAME: DATABASE_NAME,
    OPERATION_TIMEOUT_MS: '4000',
  };
  const regions = new Map<string, Region>();
  const stop = async () => {
    if (process.env.DEBUG === 'true') {
      for (const { code, entrypoint } of regions.values()) console.log(code, entrypoint.output());
    }
    await network.stop();
  };
  try {
    const tunnelEnv = await setUpHub(network);
    const start = async (code: string, address: string) => {
      const { authority, stranger } = network.certificates;
      const files = { 'ca.pem': authority, 'stranger.pem': stranger };
      const env = { ...tunnelEnv, ...databaseEnv, SCHEDULE: scheduleOf(code) };
      return startRegion(code, await network.addMachine(code, address), files, env);
    };
    for (const { code } of DEFAULT_FLEET)
      regions.set(code, await start(code, machineAddress(code)));
    const all = [...regions.values()];
    await Promise.all(all.map(({ up }) => up()));
    const ownMs = await roundTripMs(all[0] as Region);
    console.log(`the path without its distances: ${ownMs.toFixed(2)} ms`);
    network.relay.delay(ownMs);
    return {
      network,
      databaseEnv,
      tunnelEnv,
      all,
      region: (code) => regions.get(code) as Region,
      startTwin: (code) => start(code, machineAddress(code, true)),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** At a second of the half minute that is the region's own, so that no two measure at once. */
function scheduleOf(code: string): string {
  const second = DEFAULT_FLEET.findIndex((it) => it.code === code) * 3;
  return `${second},${second + 30} * * * * *`;
}
