import type { FleetRegion } from '../config/fleet-file-schema.js';
import type { PublicKeys } from './key-files.js';
import { HUB_ADDRESS, KEEPALIVE_S, MTU } from './plan.js';

/** Where a region's private key lies: what is rendered holds no secret. */
const PRIVATE_KEY_FILE = '/etc/wireguard/private.key';

/**
 * Both ends of the tunnel, of each region that has an address in it and a public key: the hub's peers, for
 * `wg addconf`, and each region's own end. The regions' endpoint is the hub's, which WG_HUB_ENDPOINT names on
 * each machine.
 *
 * @returns the content by path; nothing where no region is in the tunnel.
 */
export function renderWireguardPeers(
  regions: readonly FleetRegion[],
  keys: PublicKeys | null,
): [string, string][] {
  const inTunnel = regions.flatMap(({ code, city, wireguard_address: address }) =>
    address === undefined ? [] : [{ code, city, address, key: keys?.regions[code] }],
  );
  if (inTunnel.length === 0) return [];
  const hubPeers = inTunnel.map(
    ({ code, city, address, key }) => `
[Peer]
# ${city === undefined ? code : `${code}, ${city}`}
PublicKey = ${key ?? MISSING_KEY}
AllowedIPs = ${address}/32
`,
  );
  const spokes = inTunnel.map(({ code, address }): [string, string] => [
    `wireguard/${code}.conf`,
    `\
# ${code}: its end of the tunnel, without the key and the hub's address, which the machine has.
[Interface]
Address = ${address}/32
MTU = ${MTU}
PostUp = wg set %i private-key ${PRIVATE_KEY_FILE}
PostUp = wg set %i peer ${keys?.hub ?? MISSING_KEY} endpoint "$WG_HUB_ENDPOINT"

[Peer]
# the hub
PublicKey = ${keys?.hub ?? MISSING_KEY}
AllowedIPs = ${HUB_ADDRESS}/32
PersistentKeepalive = ${KEEPALIVE_S}
`,
  ]);
  const hub = `# The hub's peers, one a region. Holds no secret.\n${hubPeers.join('')}`;
  return [['wireguard/hub-peers.conf', hub], ...spokes];
}

/** What stands in a file until `--public-keys` names the keys. */
export const MISSING_KEY = 'NO-KEY-YET';
