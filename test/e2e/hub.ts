import { APP, SCRATCH, type Host } from './host.js';
import { DATABASE, DATABASE_NAME, HUB_PUBLIC, type Network } from './network.js';

const CLI = `${APP}/dist/cli.js`;
const BOOT = `${APP}/infra/hub/boot.sh`;
const CONFIG = `${SCRATCH}/wg0.conf`;
const KEYS = `${SCRATCH}/keys`;

/** Sets a name's address in a host's own hosts file, as a change in the DNS would. */
export async function pointName(host: Host, address: string): Promise<void> {
  await host.run('tee', ['/etc/hosts'], {
    input: `127.0.0.1 localhost\n${address} ${DATABASE_NAME}\n`,
  });
}

/**
 * Makes the network's hub a hub the way the documentation does: keys, rendered configuration, boot
 * script; without the packages, and without systemd, which no namespace has.
 *
 * @returns what every region's environment holds.
 */
export async function setUpHub({ hub, owner }: Network): Promise<Record<string, string>> {
  await pointName(hub, DATABASE.first);
  const keys = await hub.sh(`node ${CLI} wireguard keys --folder ${KEYS}`);
  await hub.sh(`node ${CLI} wireguard hub --public-keys ${KEYS}/public-keys.json \
    --database 5432=${DATABASE_NAME}:${owner.port} >${CONFIG}`);
  await configureAgain(hub);
  await tunnelUp(hub);
  hub.start(BOOT, ['follow']);
  const secrets = keys
    .trim()
    .split('\n')
    .map((line) => /^([A-Z_]+)=(.*)$/.exec(line)?.slice(1, 3));
  return {
    ...(Object.fromEntries(secrets as [string, string][]) as Record<string, string>),
    WG_HUB_ENDPOINT: `${HUB_PUBLIC}:51820`,
  };
}

export async function tunnelUp(hub: Host): Promise<void> {
  await hub.sh('WG_I_PREFER_BUGGY_USERSPACE_TO_POLISHED_KMOD=1 wg-quick up wg0');
}

/** The hub's firewall, without its counters. */
export async function firewall(hub: Host): Promise<string> {
  return hub.sh(`iptables-save | sed -e '/^#/d' -e 's/ \\[.*//'`);
}

/** As a crash or a lost machine would: nothing takes the rules away. */
export async function crashTunnel(hub: Host): Promise<void> {
  await hub.sh('ip link delete wg0');
}

/** Takes the configuration anew, as an update does; the tunnel is down afterwards. */
export async function configureAgain(hub: Host): Promise<void> {
  await hub.sh(`HUB_CONFIG=${CONFIG} HUB_KEY=${KEYS}/hub.key ${BOOT} configure`);
}
