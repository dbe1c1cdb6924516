import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_FLEET } from '../regions/default-fleet.js';
import { addWireguardCommand } from './wireguard.js';
import { isKey, publicKeyOf } from '../wireguard/keys.js';

let folder = '';
beforeEach(async () => (folder = join(await mkdtemp(join(tmpdir(), 'pglatency-keys-')), 'new')));
afterEach(() => rm(join(folder, '..'), { recursive: true }));

/** Runs `pglatency wireguard …`; rejects as the command does. */
async function wireguard(args: string[], env = {}): Promise<{ stdout: string; stderr: string }> {
  const out = { stdout: '', stderr: '' };
  const program = new Command().exitOverride().configureOutput({
    writeErr: (text) => (out.stderr += text),
  });
  addWireguardCommand(program, {
    env,
    stdout: { write: (text) => (out.stdout += text) },
    stderr: { write: (text) => (out.stderr += text) },
  });
  await program.parseAsync(['wireguard', ...args], { from: 'user' });
  return out;
}

const keys = (...args: string[]) => wireguard(['keys', '--folder', folder, ...args]);
const publicKeys = async () =>
  JSON.parse(await readFile(join(folder, 'public-keys.json'), 'utf8')) as Record<string, string>;

function variables(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
        return [name, value];
      }),
  ) as Record<string, string>;
}

describe('pglatency wireguard keys', () => {
  it("prints the regions' secrets, keeps the hub's, and lists the public keys", async () => {
    const secrets = variables((await keys()).stdout);
    const known = await publicKeys();
    expect(Object.keys(secrets)).toEqual([
      'WG_HUB_PUBLIC_KEY',
      ...DEFAULT_FLEET.map(({ code }) => `WG_PRIVATE_KEY_${code.toUpperCase()}`),
    ]);
    for (const { code } of DEFAULT_FLEET) {
      expect(publicKeyOf(secrets[`WG_PRIVATE_KEY_${code.toUpperCase()}`] as string)).toBe(
        known[code],
      );
    }
    const hubKey = (await readFile(join(folder, 'hub.key'), 'utf8')).trim();
    expect(publicKeyOf(hubKey)).toBe(known.hub);
    expect(secrets.WG_HUB_PUBLIC_KEY).toBe(known.hub);
    expect((await stat(join(folder, 'hub.key'))).mode & 0o777).toBe(0o600);
  });

  it('never overwrites', async () => {
    await keys();
    const before = await publicKeys();
    await expect(keys()).rejects.toThrow(/hub\.key exists and is not overwritten/);
    await rm(join(folder, 'hub.key'));
    await expect(keys()).rejects.toThrow(/public-keys\.json exists and is not overwritten/);
    expect(await publicKeys()).toEqual(before);
  });

  it('rotates one key and leaves the others', async () => {
    await keys();
    const { lhr: oldKey, ...before } = await publicKeys();
    const secrets = variables((await keys('--rotate', 'lhr')).stdout);
    const { lhr: newKey, ...after } = await publicKeys();
    expect(Object.keys(secrets)).toEqual(['WG_PRIVATE_KEY_LHR']);
    expect(newKey).not.toBe(oldKey);
    expect(publicKeyOf(secrets.WG_PRIVATE_KEY_LHR as string)).toBe(newKey);
    expect(after).toEqual(before);
  });

  it("rotates the hub's", async () => {
    await keys();
    const secrets = variables((await keys('--rotate', 'hub')).stdout);
    const { hub } = await publicKeys();
    expect(secrets).toEqual({ WG_HUB_PUBLIC_KEY: hub });
    const hubKey = await readFile(join(folder, 'hub.key'), 'utf8');
    expect(publicKeyOf(hubKey.trim())).toBe(hub);
    expect((await stat(join(folder, 'hub.key'))).mode & 0o777).toBe(0o600);
  });

  it('refuses to rotate what is no region', async () => {
    await expect(keys('--rotate', 'xyz')).rejects.toThrow(CommanderError);
    await expect(keys('--rotate', 'lhr')).rejects.toThrow(/pglatency wireguard keys/);
  });

  it('prints JSON for scripts', async () => {
    const { stdout } = await keys('--json');
    const { hub, regions } = JSON.parse(stdout) as {
      hub: Record<string, string>;
      regions: Record<string, Record<string, string>>;
    };
    expect(hub.public_key).toBe((await publicKeys()).hub);
    expect(Object.keys(regions)).toHaveLength(10);
    expect(regions.syd?.address).toBe('10.50.4.3');
    expect(isKey(regions.syd?.private_key ?? '')).toBe(true);
  });
});

describe('pglatency wireguard hub', () => {
  const hub = (...args: string[]) =>
    wireguard(['hub', '--public-keys', join(folder, 'public-keys.json'), ...args]);

  it('renders the configuration for the keys that were made', async () => {
    await keys();
    const { stdout, stderr } = await hub('--database', 'db.example.com:6432');
    expect(stdout).toContain(`PublicKey = ${(await publicKeys()).syd as string}\n`);
    expect(stdout).toContain('--dport 6432');
    expect(stderr).toBe('');
  });

  it('wants a database, and checks it', async () => {
    await keys();
    await expect(hub()).rejects.toThrow(/--database/);
    await expect(hub('--database', 'a;id')).rejects.toThrow(/Expected host, host:port/);
    await expect(hub('--database', 'a', '--database', 'b')).rejects.toThrow(
      /Port 5432 .* is used twice/,
    );
    await expect(hub('--database', 'a', '--listen-port', '0')).rejects.toThrow(/1 to 65535/);
  });

  it('says what is wrong with the public keys', async () => {
    await expect(hub('--database', 'a')).rejects.toThrow(/cannot be read/);
  });
});

describe('pglatency wireguard spoke', () => {
  it('renders a region from the environment', async () => {
    const secrets = variables((await keys()).stdout);
    const env = { ...secrets, FLY_REGION: 'nrt', WG_HUB_ENDPOINT: '203.0.113.10:51820' };
    const { stdout } = await wireguard(['spoke'], env);
    expect(stdout).toContain(`PrivateKey = ${secrets.WG_PRIVATE_KEY_NRT as string}\n`);
    expect(stdout).not.toContain(secrets.WG_PRIVATE_KEY_LHR);
  });
});
