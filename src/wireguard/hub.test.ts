import { describe, expect, it } from 'vitest';
import { DEFAULT_FLEET } from '../regions/default-fleet.js';
import { renderHub } from './hub.js';
import { generateKeyPair } from './keys.js';

const keyOf = Object.fromEntries(
  DEFAULT_FLEET.map(({ code }) => [code, generateKeyPair().publicKey]),
);
const databases = [{ listenPort: 5432, host: 'db.example.com', port: 5432 }];
const hub = {
  regions: DEFAULT_FLEET,
  publicKeys: { hub: generateKeyPair().publicKey, regions: keyOf },
  databases,
  listenPort: 51_820,
};

describe('the hub', () => {
  it('has one peer a region, of one address', () => {
    const peers = renderHub(hub).split('[Peer]').slice(1);
    expect(peers).toHaveLength(DEFAULT_FLEET.length);
    DEFAULT_FLEET.forEach(({ code, wireguardAddress }, i) => {
      expect(peers[i]).toContain(`PublicKey = ${keyOf[code] as string}\n`);
      expect(peers[i]).toContain(`AllowedIPs = ${wireguardAddress}/32\n`);
    });
  });

  it('leaves out a region without a key', () => {
    const { syd: _, ...regions } = keyOf;
    const text = renderHub({ ...hub, publicKeys: { ...hub.publicKeys, regions } });
    expect(text).not.toContain('10.50.4.3');
  });

  it('holds no private key, only where it lies', () => {
    const text = renderHub(hub);
    expect(text).not.toContain('PrivateKey');
    expect(text).toContain('PostUp = wg set %i private-key /etc/wireguard/hub.key\n');
  });

  it('names no interface but its own', () => {
    expect(renderHub(hub)).not.toMatch(/ -[io] (?!%i\b)/);
  });

  it('drops what is not accepted last, and filters before the interface is up', () => {
    const filter = renderHub(hub).match(/^PreUp = .*$/gm) ?? [];
    const forward = filter.filter((line) => line.includes('-A PGLATENCY_FORWARD'));
    expect(forward.slice(-2).every((line) => line.endsWith('-j DROP'))).toBe(true);
    expect(filter.at(-1)).toContain('-A PGLATENCY_INPUT -i %i -j DROP');
  });

  it('takes away every chain that it makes', () => {
    const text = renderHub({
      ...hub,
      databases: [...databases, { listenPort: 5433, host: 'replica.example.com', port: 5432 }],
    });
    const made = [...text.matchAll(/iptables -w -t (\w+) -N (\w+)/g)];
    expect(made.length).toBeGreaterThanOrEqual(8);
    for (const [, table, chain] of made) {
      const down = text.match(/^PostDown = for .*$/gm) ?? [];
      expect(
        down.filter(
          (line) =>
            line.includes(`'*${table as string}\\n-F %s\\n-X %s`) &&
            line.includes(` ${chain as string}`),
        ),
      ).toHaveLength(1);
    }
  });

  it('fits an advanced parameter of the store that the hub reads it from', () => {
    expect(renderHub(hub).length).toBeLessThan(8_192);
  });
});
