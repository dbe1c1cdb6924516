import type { Environment } from '../base/cli-deps.js';
import { ConfigError, type Problem } from '../base/errors.js';
import { DEFAULT_FLEET, type TunnelRegion } from '../regions/default-fleet.js';
import { ENDPOINT_FORM, NETWORK_FORM, parseEndpoint, parseNetworks } from './inputs.js';
import { isKey } from './keys.js';
import { HUB_ADDRESS, KEEPALIVE_S, MTU } from './plan.js';

/** One region's end of the tunnel. */
export interface Spoke {
  readonly region: string;
  readonly address: string;
  readonly privateKey: string;
  readonly hubPublicKey: string;
  readonly hubEndpoint: string;
  /** What is reached through the hub besides the hub itself. */
  readonly extraNetworks: readonly string[];
}

const KEY_FORM = 'a WireGuard key, 44 characters of base64';

/** The variable that holds a region's private key, `WG_PRIVATE_KEY_EU_WEST_1`. All of them are secrets of one application. */
export function privateKeyVariable(region: string): string {
  return `WG_PRIVATE_KEY_${region.toUpperCase().replaceAll('-', '_')}`;
}

/**
 * A region's end, from REGION or FLY_REGION, WG_PRIVATE_KEY_<REGION> or WG_PRIVATE_KEY, WG_HUB_PUBLIC_KEY,
 * WG_HUB_ENDPOINT and WG_ALLOWED_IPS.
 *
 * @throws ConfigError with every problem, and without any private key.
 */
export function loadSpoke(
  env: Environment,
  regions: readonly TunnelRegion[] = DEFAULT_FLEET,
): Spoke {
  const problems: Problem[] = [];
  const variable = (env.REGION ?? '') === '' ? 'FLY_REGION' : 'REGION';
  const region = regions.find(({ code }) => code === env[variable]);
  if (region === undefined) {
    const codes = regions.map(({ code }) => code).join(', ');
    const expected = `a region with a WireGuard address: ${codes}`;
    problems.push({ field: variable, value: env[variable] ?? '', expected });
  }
  const check = (field: string, parse: (text: string) => string | null, expected: string) => {
    const value = env[field] ?? '';
    const parsed = parse(value);
    if (parsed === null) problems.push({ field, value, expected });
    return parsed ?? '';
  };
  const spoke = {
    region: region?.code ?? '',
    address: region?.wireguardAddress ?? '',
    privateKey: loadPrivateKey(env, region?.code, problems),
    hubPublicKey: check('WG_HUB_PUBLIC_KEY', (text) => (isKey(text) ? text : null), KEY_FORM),
    hubEndpoint: check('WG_HUB_ENDPOINT', parseEndpoint, ENDPOINT_FORM),
    extraNetworks: loadExtraNetworks(env, problems),
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return spoke;
}

function loadPrivateKey(env: Environment, region: string | undefined, problems: Problem[]): string {
  const own = region === undefined ? 'WG_PRIVATE_KEY' : privateKeyVariable(region);
  const field = env[own] === undefined && env.WG_PRIVATE_KEY !== undefined ? 'WG_PRIVATE_KEY' : own;
  const key = env[field] ?? '';
  // Without a region its variable has no name, and the region's own problem says enough.
  if (!isKey(key) && region !== undefined) {
    const expected = key === '' ? `${KEY_FORM} (it is not set)` : KEY_FORM;
    problems.push({ field, value: null, expected });
  }
  return key;
}

function loadExtraNetworks(env: Environment, problems: Problem[]): readonly string[] {
  const text = env.WG_ALLOWED_IPS ?? '';
  if (text === '') return [];
  const networks = parseNetworks(text);
  if (networks === null) {
    problems.push({ field: 'WG_ALLOWED_IPS', value: text, expected: NETWORK_FORM });
  }
  return networks ?? [];
}

/**
 * A region's `wg0.conf`, for `wg-quick`. No DNS, and no way to another region: AllowedIPs is the hub,
 * and what was named beside it.
 */
export function renderSpoke(spoke: Spoke): string {
  return `\
# ${spoke.region}: its end of the tunnel. Holds a private key.
[Interface]
Address = ${spoke.address}/32
PrivateKey = ${spoke.privateKey}
MTU = ${MTU}

[Peer]
# the hub
PublicKey = ${spoke.hubPublicKey}
Endpoint = ${spoke.hubEndpoint}
AllowedIPs = ${[`${HUB_ADDRESS}/32`, ...spoke.extraNetworks].join(', ')}
PersistentKeepalive = ${KEEPALIVE_S}
`;
}
