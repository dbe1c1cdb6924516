import { describe, expect, it } from 'vitest';
import { ConfigError } from '../base/errors.js';
import { DEFAULT_FLEET } from '../regions/default-fleet.js';
import { generateKeyPair } from './keys.js';
import { loadSpoke, privateKeyVariable, renderSpoke } from './spoke.js';

const hub = generateKeyPair().publicKey;
const { privateKey } = generateKeyPair();
const other = generateKeyPair().privateKey;
const env = {
  FLY_REGION: 'lhr',
  WG_PRIVATE_KEY_LHR: privateKey,
  WG_PRIVATE_KEY_FRA: other,
  WG_HUB_PUBLIC_KEY: hub,
  WG_HUB_ENDPOINT: '203.0.113.10:51820',
};

function problemsOf(change: Record<string, string | undefined>): string {
  try {
    loadSpoke({ ...env, ...change });
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'none';
}

describe('a spoke', () => {
  it('is its own address and key, and a way to the hub alone', () => {
    expect(renderSpoke(loadSpoke(env))).toBe(`\
# lhr: its end of the tunnel. Holds a private key.
[Interface]
Address = 10.50.3.1/32
PrivateKey = ${privateKey}
MTU = 1280

[Peer]
# the hub
PublicKey = ${hub}
Endpoint = 203.0.113.10:51820
AllowedIPs = 10.50.0.1/32
PersistentKeepalive = 25
`);
  });

  it("has every region's address of the plan", () => {
    const addresses = DEFAULT_FLEET.map(
      ({ code }) =>
        loadSpoke({ ...env, FLY_REGION: code, [privateKeyVariable(code)]: privateKey }).address,
    );
    expect(addresses).toEqual([
      ...['10.50.1.1', '10.50.2.1', '10.50.2.2', '10.50.2.3', '10.50.3.1'],
      ...['10.50.3.2', '10.50.3.3', '10.50.4.1', '10.50.4.2', '10.50.4.3'],
    ]);
  });

  it('routes what is named beside the hub', () => {
    const text = renderSpoke(loadSpoke({ ...env, WG_ALLOWED_IPS: '10.60.1.0/24,10.60.2.0/24' }));
    expect(text).toContain('AllowedIPs = 10.50.0.1/32, 10.60.1.0/24, 10.60.2.0/24\n');
  });

  it('takes WG_PRIVATE_KEY where the region has none of its own', () => {
    const single = { ...env, WG_PRIVATE_KEY_LHR: undefined, WG_PRIVATE_KEY: other };
    expect(loadSpoke(single).privateKey).toBe(other);
    expect(loadSpoke({ ...single, WG_PRIVATE_KEY_LHR: privateKey }).privateKey).toBe(privateKey);
  });

  it.each([
    [
      { FLY_REGION: 'xyz' },
      'FLY_REGION: "xyz" is not allowed; expected a region with a WireGuard address: gru, iad, ord, lax, lhr, fra, cdg, nrt, sin, syd',
    ],
    [{ FLY_REGION: undefined }, 'FLY_REGION: "" is not allowed'],
    [{ FLY_REGION: 'hub' }, 'FLY_REGION: "hub" is not allowed'],
    [
      { WG_PRIVATE_KEY_LHR: '' },
      'WG_PRIVATE_KEY_LHR: expected a WireGuard key, 44 characters of base64 (it is not set)',
    ],
    [
      { WG_PRIVATE_KEY_LHR: 'hunter2' },
      'WG_PRIVATE_KEY_LHR: expected a WireGuard key, 44 characters of base64',
    ],
    [{ WG_HUB_PUBLIC_KEY: 'x' }, 'WG_HUB_PUBLIC_KEY: "x" is not allowed; expected a WireGuard key'],
    [{ WG_HUB_ENDPOINT: 'hub' }, 'WG_HUB_ENDPOINT: "hub" is not allowed; expected host:port'],
    [
      { WG_ALLOWED_IPS: '0.0.0.0/0' },
      'WG_ALLOWED_IPS: "0.0.0.0/0" is not allowed; expected IPv4 networks',
    ],
  ])('refuses %o', (change, message) => {
    const text = problemsOf(change);
    expect(text).toContain(message);
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain(privateKey);
  });

  it('tells every problem at once', () => {
    const text = problemsOf({ FLY_REGION: 'xyz', WG_HUB_ENDPOINT: '', WG_HUB_PUBLIC_KEY: '' });
    expect(text.match(/is not allowed/g)).toHaveLength(3);
  });
});
