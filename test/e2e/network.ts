import { readFile } from 'node:fs/promises';
import { roundTripOf } from '../../src/lab/distances.js';
import { DEFAULT_FLEET } from '../../src/regions/default-fleet.js';
import { makeCertificates } from './certificates.js';
import { APP, SCRATCH, startHost, type Host, type Started } from './host.js';
import type { DatabaseSettings } from './database-host.js';
import type { RelaySettings } from './relay.js';
import { until } from '../helpers/until.js';

/** The addresses outside the tunnel: documentation's, and a private network as the "VPC". */
export const HUB_PUBLIC = '203.0.113.10';
const HUB_PRIVATE = '10.60.1.10';
export const DATABASE = { first: '10.60.1.20', second: '10.60.1.21' } as const;
/** Another machine beside the database, which no region may reach. */
export const BYSTANDER = '10.60.1.30';
export const DATABASE_NAME = 'database.internal';
const PORT = 51_820;

export interface Network {
  readonly hub: Host;
  readonly database: Host;
  readonly bystander: Host;
  readonly relay: {
    cut(address: string): void;
    restore(address: string): void;
    /** Begins to delay; `ownMs` is what a round trip takes without. */
    delay(ownMs: number): void;
  };
  readonly certificates: Awaited<ReturnType<typeof makeCertificates>>;
  /** How to reach the database as its owner, on its own host. */
  readonly owner: { host: string; port: number; user: string; password: string; database: string };
  /** A machine on the internet, at the distance of its region. */
  addMachine(region: string, address: string): Promise<Host>;
  stop(): Promise<void>;
}

/** The public address of a region's machine; `twin` is one that should not be there. */
export function machineAddress(region: string, twin = false): string {
  const index = DEFAULT_FLEET.findIndex(({ code }) => code === region);
  return `198.51.100.${(twin ? 101 : 11) + index}`;
}

/**
 * The internet with its distances, and a VPC with a hub, a database and a bystander, each a host of its
 * own. The hub has no tunnel yet. No packet is routed from the internet into the VPC: the relay alone
 * leads to the hub's UDP port, as an Elastic IP and a security group do.
 */
export async function startNetwork(databasePassword: string): Promise<Network> {
  const hosts: Host[] = [];
  const stop = async () => {
    for (const host of hosts.reverse()) await host.stop();
  };
  const add = async (name: string) => {
    const host = await startHost(name);
    hosts.push(host);
    return host;
  };
  try {
    const internet = await add('internet');
    await internet.sh(`
      sysctl -q -w net.ipv4.ip_forward=0
      ip address add ${HUB_PUBLIC}/32 dev lo
      for bridge in vpc:10.60.1.1 wan:198.51.100.1; do
        ip link add "\${bridge%:*}" type bridge
        ip address add "\${bridge#*:}/24" dev "\${bridge%:*}"
        ip link set "\${bridge%:*}" up
      done`);
    const attach = (host: Host, bridge: string, address: string, gateway: string) =>
      plugIn(internet, host, bridge, address, gateway);
    const attachToVpc = async (name: string, address: string) => {
      const host = await add(name);
      await attach(host, 'vpc', address, '10.60.1.1');
      return host;
    };
    const hub = await attachToVpc('hub', HUB_PRIVATE);
    const database = await attachToVpc('database', DATABASE.first);
    const bystander = await attachToVpc('bystander', BYSTANDER);
    const relay = await startRelay(internet);
    const certificates = await makeCertificates(DATABASE_NAME);
    const owner = await startDatabase(database, certificates, databasePassword);
    return {
      hub,
      database,
      bystander,
      relay,
      certificates,
      owner,
      async addMachine(region, address) {
        const host = await add(`${region} ${address}`);
        await attach(host, 'wan', address, '198.51.100.1');
        return host;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

let plugs = 0;

/** Gives a host its `eth0`, plugged into a bridge of the internet's host. */
async function plugIn(
  internet: Host,
  host: Host,
  bridge: string,
  address: string,
  gateway: string,
): Promise<void> {
  const plug = `plug${plugs++}`;
  // Both ends are made inside, then one is moved; the pid is this machine's, so not in the pid namespace.
  await internet.sh(`ip link add ${plug} type veth peer name ${plug}p`);
  await internet.moveLink(`${plug}p`, host, 'eth0');
  await internet.sh(`ip link set ${plug} master ${bridge} up`);
  await host.sh(`
    ip address add ${address}/24 dev eth0
    ip link set eth0 up
    ip route add default via ${gateway}`);
}

async function startRelay(internet: Host): Promise<Network['relay']> {
  const delays = DEFAULT_FLEET.flatMap(({ code }) =>
    [false, true].map((twin) => [machineAddress(code, twin), roundTripOf(code) / 2]),
  );
  const settings: RelaySettings = {
    listen: { address: HUB_PUBLIC, port: PORT },
    forward: { address: HUB_PRIVATE, port: PORT },
    delaysMs: Object.fromEntries(delays) as Record<string, number>,
  };
  const relay = internet.start('node', script('relay.ts', settings));
  await ready(relay, 'relaying');
  const command = (text: string) => void relay.process.stdin?.write(`${text}\n`);
  return {
    cut: (address) => command(`cut ${address}`),
    restore: (address) => command(`restore ${address}`),
    delay: (ownMs) => command(`delay ${ownMs}`),
  };
}

/** With the deployment's own schema and role, as its documentation says. */
async function startDatabase(
  host: Host,
  certificates: Network['certificates'],
  password: string,
): Promise<Network['owner']> {
  const schema = await readFile(new URL('../../infra/sql/schema.sql', import.meta.url), 'utf8');
  const settings: DatabaseSettings = {
    certificate: certificates.certificate,
    privateKey: certificates.privateKey,
    database: 'contacts',
    clients: '10.60.1.0/24',
    sql: `${schema}\nALTER ROLE pglatency PASSWORD '${password}';`,
  };
  const database = host.start('node', script('database-host.ts', settings), { TMPDIR: SCRATCH });
  const line = await ready(database, '{');
  return JSON.parse(line) as Network['owner'];
}

function script(name: string, settings: unknown): string[] {
  const tsx = `${APP}/node_modules/tsx/dist/loader.mjs`;
  return ['--import', tsx, `${APP}/test/e2e/${name}`, JSON.stringify(settings)];
}

/** Waits for the line that begins so, and returns it. */
async function ready(started: Started, start: string): Promise<string> {
  let ended = false;
  void started.ended.then(() => (ended = true));
  return until(
    () => {
      if (ended) throw new Error(`it ended: ${started.output()}`);
      return started
        .output()
        .split('\n')
        .find((line) => line.startsWith(start));
    },
    { what: `the line ${start}…`, withinMs: 60_000 },
  );
}
