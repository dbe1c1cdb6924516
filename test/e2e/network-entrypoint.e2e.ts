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

/** A backend without any variable of the tunnel's: an empty one is not set. */
const WITHOUT = { WG_PRIVATE_KEY_LHR: '', WG_HUB_PUBLIC_KEY: '', WG_HUB_ENDPOINT: '' };

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
    [
      'another wish than auto, on or off',
      { WIREGUARD: 'maybe' },
      'WIREGUARD: "maybe" is not allowed',
    ],
    [
      'a wait that is no time',
      { WIREGUARD_TIMEOUT_S: '0' },
      'WIREGUARD_TIMEOUT_S: "0" is not allowed',
    ],
    ['a hub that does not answer', {}, `the hub did not answer within 2 s`],
    [
      'only a misspelt variable of the tunnel',
      { ...WITHOUT, WG_HUB_ENDPONT: '203.0.113.10:51820' },
      'WG_HUB_PUBLIC_KEY: "" is not allowed',
    ],
    [
      'no variable of the tunnel, where one is demanded',
      { ...WITHOUT, WIREGUARD: 'on' },
      'WG_HUB_ENDPOINT',
    ],
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

  it.each([{}, { WIREGUARD: 'on' }, { WIREGUARD: 'off' }, { RELEASE_COMMAND: '1' }])(
    'runs another command than serve without a tunnel, also with %o',
    async (env) => {
      const { code, stdout, stderr } = await enter({ ...TUNNEL, ...env }, 'config');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(JSON.parse(stdout)).toMatchObject({ region: 'lhr', wireguard_status_file: null });
      expect(await host.sh('ip -brief link')).not.toContain('wg0');
    },
  );

  it.each([{ WIREGUARD: 'off' }, { RELEASE_COMMAND: '1' }, WITHOUT])(
    'starts a backend without a tunnel with %o, as a user without privileges',
    async (env) => {
      const started = host.start(`${APP}/entrypoint.sh`, [], { ...TUNNEL, PORT: '8080', ...env });
      const health = ['-sS', '--max-time', '1', 'http://127.0.0.1:8080/healthz'];
      await until(async () => (await host.run('curl', health)).code === 0, { what: 'a backend' });
      expect(await host.sh('ip -brief link')).not.toContain('wg0');
      const pid = await started.pid();
      const status = await host.sh(`cat /proc/${pid}/status; tr '\\0' '\\n' </proc/${pid}/environ`);
      expect(status).toMatch(/^CapBnd:\s0{16}$/m);
      expect(status).toMatch(/^NoNewPrivs:\s1$/m);
      expect(status).not.toContain(privateKey);
      await host.run('kill', [String(pid)]);
      expect(await started.ended).toBe(0);
    },
  );

  const TOOLS = ['env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin'];
  it.each([
    ['another user than root', ['--reuid=65534', '--clear-groups'], 'this is user 65534'],
    ['root without NET_ADMIN', ['--bounding-set=-net_admin'], '--cap-add NET_ADMIN'],
    ['root that cannot become another user', ['--bounding-set=-setuid'], '--cap-add SETUID'],
  ])('says what %s lacks', async (_, limits, message) => {
    const variables = Object.entries(TUNNEL).map(([name, value]) => `${name}=${value}`);
    const command = ['setpriv', ...limits, `${APP}/entrypoint.sh`];
    const [program = '', ...args] = [...TOOLS, ...variables, ...command];
    const { code, stderr } = await host.run(program, args);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining(message) as string,
    });
  });

  it('says that /dev/net/tun is missing where the kernel has no WireGuard', async (context) => {
    const kernel = await host.run('ip', ['link', 'add', 'probe', 'type', 'wireguard']);
    if (kernel.code === 0) return context.skip('this kernel has WireGuard');
    await host.sh('mount -t tmpfs tmpfs /dev/net');
    const { code, stderr } = await enter(TUNNEL);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('--device /dev/net/tun') as string,
    });
  });

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
