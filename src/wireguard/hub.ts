import type { TunnelRegion } from '../regions/default-fleet.js';
import type { Database } from './inputs.js';
import type { PublicKeys } from './key-files.js';
import { HUB_ADDRESS, MTU, TUNNEL_NETWORK } from './plan.js';

export interface Hub {
  /** In the order of their peers. */
  readonly regions: readonly TunnelRegion[];
  readonly publicKeys: PublicKeys;
  readonly databases: readonly Database[];
  readonly listenPort: number;
}

/** Where the hub's private key lies on the hub; its configuration holds no secret. */
export const HUB_KEY_FILE = '/etc/wireguard/hub.key';

const FORWARD = 'PGLATENCY_FORWARD';
const INPUT = 'PGLATENCY_INPUT';
const DNAT = 'PGLATENCY_DNAT';
const SNAT = 'PGLATENCY_SNAT';

/**
 * The hub's `wg0.conf`, for `wg-quick`: a peer for each region that has a key, and the whole firewall.
 * A region reaches each database's port, and nothing else: not another region, not the hub's own
 * services. Chains of its own make every rule safe to set twice and easy to take away.
 */
export function renderHub(hub: Hub): string {
  const filter = [
    ...chain('filter', FORWARD, 'FORWARD'),
    `iptables -w -A ${FORWARD} -o %i -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT`,
    ...hub.databases.flatMap((database) => [
      ...chain('filter', databaseChain(database)),
      `iptables -w -A ${FORWARD} -i %i -j ${databaseChain(database)}`,
    ]),
    `iptables -w -A ${FORWARD} -i %i -j DROP`,
    `iptables -w -A ${FORWARD} -o %i -j DROP`,
    ...chain('filter', INPUT, 'INPUT'),
    `iptables -w -A ${INPUT} -i %i -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT`,
    `iptables -w -A ${INPUT} -i %i -p icmp --icmp-type echo-request -j ACCEPT`,
    `iptables -w -A ${INPUT} -i %i -j DROP`,
  ];
  const nat = [
    ...chain('nat', DNAT, 'PREROUTING'),
    ...hub.databases.flatMap((database) => [
      ...chain('nat', databaseChain(database)),
      `iptables -w -t nat -A ${DNAT} -i %i -d ${HUB_ADDRESS} -p tcp --dport ${database.listenPort} -j ${databaseChain(database)}`,
    ]),
    ...chain('nat', SNAT, 'POSTROUTING'),
    `iptables -w -t nat -A ${SNAT} -s ${TUNNEL_NETWORK} ! -o %i -j MASQUERADE`,
    'sysctl -q -w net.ipv4.ip_forward=1',
  ];
  return `\
# The hub. Rendered by "pglatency wireguard hub"; holds no secret.
[Interface]
Address = ${HUB_ADDRESS}/32
ListenPort = ${hub.listenPort}
MTU = ${MTU}
PostUp = wg set %i private-key ${HUB_KEY_FILE}

# The filter is set up before the interface, so that the interface is never without it.
${lines('PreUp', filter)}

# The database's network sees the hub's address, whichever interface the route takes.
${lines('PostUp', nat)}

# Leads to where the name points now. Safe to run again: "boot.sh follow" does, every few seconds.
${lines('PostUp', hub.databases.map(databasePath))}

${lines('PostDown', removal(hub.databases))}
${hub.regions.map((region) => peer(region, hub.publicKeys)).join('')}`;
}

/** The word by which \`boot.sh follow\` finds the lines to run again. */
export const DATABASE_PATH_MARK = ': database-path;';

/**
 * Points the database's chains at the address that its name has now, both tables in one step each. A
 * name that does not resolve leaves them as they are: the last known address beats none. Chains that
 * are gone are not made again, so a run that overlaps with the removal leaves nothing behind.
 */
function databasePath(database: Database): string {
  const { host, port } = database;
  const name = databaseChain(database);
  const nat = `*nat\\n-F ${name}\\n-A ${name} -p tcp -j DNAT --to-destination %s:${port}\\nCOMMIT\\n`;
  const filter = `*filter\\n-F ${name}\\n-A ${name} -d %s -p tcp --dport ${port} -j ACCEPT\\nCOMMIT\\n`;
  return [
    `${DATABASE_PATH_MARK} a=$(getent ahostsv4 ${host} | sort | sed -n '1s/ .*//p' || true)`,
    `[ -n "$a" ] || { echo "${host} has no address" >&2; exit 0; }`,
    `iptables -w -t nat -C ${name} -p tcp -j DNAT --to-destination "$a:${port}" 2>/dev/null && exit 0`,
    `echo "${host} is at $a"`,
    `printf '${nat}${filter}' "$a" "$a" | iptables-restore -w --noflush`,
  ].join('; ');
}

function databaseChain({ listenPort }: Database): string {
  return `PGLATENCY_${listenPort}`;
}

type Table = 'filter' | 'nat';

/** Makes a chain, or empties it, and has a built-in one jump to it first, once. */
function chain(table: Table, name: string, from?: string): string[] {
  const iptables = `iptables -w -t ${table}`;
  const make = `${iptables} -N ${name} 2>/dev/null || ${iptables} -F ${name}`;
  if (from === undefined) return [make];
  return [
    make,
    `${iptables} -C ${from} -j ${name} 2>/dev/null || ${iptables} -I ${from} -j ${name}`,
  ];
}

/** Undoes all of it. Forwarding itself stays on: something else on the machine may want it. */
function removal(databases: readonly Database[]): string[] {
  const names = databases.map(databaseChain);
  return [
    removeJump('nat', 'POSTROUTING', SNAT),
    removeJump('nat', 'PREROUTING', DNAT),
    removeJump('filter', 'INPUT', INPUT),
    removeJump('filter', 'FORWARD', FORWARD),
    removeChains('nat', [SNAT, DNAT, ...names]),
    removeChains('filter', [INPUT, FORWARD, ...names]),
  ];
}

function removeJump(table: Table, from: string, name: string): string {
  return `iptables -w -t ${table} -D ${from} -j ${name} || true`;
}

/**
 * Empties and removes each chain in one step, so that nothing can fill it in between. A chain comes
 * before those that it refers to.
 */
function removeChains(table: Table, names: readonly string[]): string {
  const remove = `printf '*${table}\\n-F %s\\n-X %s\\nCOMMIT\\n' $c $c | iptables-restore -w --noflush`;
  return `for c in ${names.join(' ')}; do ${remove} || true; done`;
}

function peer(region: TunnelRegion, publicKeys: PublicKeys): string {
  const publicKey = publicKeys.regions[region.code];
  if (publicKey === undefined) return '';
  return `
[Peer]
# ${region.code}, ${region.city}
PublicKey = ${publicKey}
AllowedIPs = ${region.wireguardAddress}/32
`;
}

function lines(key: string, commands: readonly string[]): string {
  return commands.map((command) => `${key} = ${command}`).join('\n');
}
