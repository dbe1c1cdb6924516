import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../helpers/until.js';
import { generateKeyPair } from '../../src/wireguard/keys.js';
import { APP, startHost, type Host } from './host.js';
import { skipped } from './ten-regions.js';

const { privateKey, publicKey } = generateKeyPair();
const TUNNEL = {
  FLY_REGION: 'lhr',
  BACKEND_USER: 'nobody',
  WG_PRIVATE_KEY_LHR: privateKey,
  WG_HUB_PUBLIC_KEY: generateKeyPair().publicKey,
  WG_HUB_ENDPOINT: '203.0.113.10:51820',
  WIREGUARD_TIMEOUT_S: '2',
};

describe.skipIf(skipped)('the entrypoint', () => {
  let host: Host;
  beforeEach(async () => {
    host = await startHost('alone');
    // A way out, so that packets to the hub leave and are lost, as they would be on the internet.
    await host.sh(`
      ip link add out type veth peer name lost
      ip link set lost up
      ip address add 198.51.100.11/24 dev out
      ip link set out up
      ip route add default via 198.51.100.1`);
  });
  afterEach(() => host.stop());

  const enter = (env: Record<string, string>, ...args: string[]) =>
    host.run(`${APP}/entrypoint.sh`, args, { env });

  it.each([
    [
      'an unknown region',
      { FLY_REGION: 'xyz' },
      'gru, iad, ord, lax, lhr, fra, cdg, nrt, sin, syd',
    ],
    ['no region', { FLY_REGION: '' }, 'FLY_REGION: "" is not allowed'],
    ['no key', { WG_PRIVATE_KEY_LHR: '' }, 'WG_PRIVATE_KEY_LHR: expected a WireGuard key'],
    ['a broken key', { WG_PRIVATE_KEY_LHR: 'hunter2' }, 'WG_PRIVATE_KEY_LHR: expected'],
    ['no hub', { WG_HUB_ENDPOINT: '' }, 'WG_HUB_ENDPOINT: "" is not allowed'],
    ['another wish than on or off', { WIREGUARD: 'maybe' }, 'WIREGUARD: "maybe" is not allowed'],
    [
      'a wait that is no time',
      { WIREGUARD_TIMEOUT_S: '0' },
      'WIREGUARD_TIMEOUT_S: "0" is not allowed',
    ],
    ['a hub that does not answer', {}, `the hub did not answer within 2 s`],
  ])('starts nothing with %s, and says why', async (_, change, message) => {
    const { code, stderr, stdout } = await enter({ ...TUNNEL, ...change });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toContain(privateKey);
    expect(stderr).not.toContain('hunter2');
    // Nothing is left: no tunnel, no process.
    expect(await host.sh('ip -brief link')).not.toContain('wg0');
    expect((await host.run('pgrep', ['-f', '[d]ist/cli.js|[w]ireguard-go'])).stdout).toBe('');
  });

  it('names its public key where the hub may not know it', async () => {
    expect((await enter(TUNNEL)).stderr).toContain(publicKey);
  });

  it('can be started again in the same place', async () => {
    await enter(TUNNEL);
    expect((await enter(TUNNEL)).stderr).toContain('did not answer');
  });

  it.each([{ WIREGUARD: 'off' }, { RELEASE_COMMAND: '1' }])(
    'runs a command without a tunnel with %o',
    async (env) => {
      const { code, stdout, stderr } = await enter({ ...TUNNEL, ...env }, 'config');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(JSON.parse(stdout)).toMatchObject({ region: 'lhr', wireguard_status_file: null });
      expect(await host.sh('ip -brief link')).not.toContain('wg0');
    },
  );

  it('ends by SIGTERM also while it waits', async () => {
    const started = host.start(`${APP}/entrypoint.sh`, [], {
      ...TUNNEL,
      WIREGUARD_TIMEOUT_S: '60',
    });
    await until(async () => (await host.run('wg', ['show', 'wg0'])).code === 0, { what: 'wg0' });
    await host.run('kill', [String(await started.pid())]);
    expect(await started.ended).toBe(143);
    expect(await host.sh('ip -brief link')).not.toContain('wg0');
  });
});
