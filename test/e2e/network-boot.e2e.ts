import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../src/wireguard/keys.js';
import { APP, SCRATCH, startHost, type Host } from './host.js';
import { skipped } from './ten-regions.js';

const CONFIG = '[Interface]\nListenPort = 51820\n[Peer]\nPublicKey = none\n';
const { privateKey, publicKey } = generateKeyPair();
const other = generateKeyPair();

/**
 * Stands in for AWS alone: it answers as its command line does, from files of the parameters' names, and
 * refuses a parameter whose file says so.
 */
const AWS = `#!/bin/bash
while [[ $1 != --name ]]; do shift; done
file=${SCRATCH}/parameters/\${2##*/}
if [[ ! -e $file ]]; then
  echo 'An error occurred (ParameterNotFound) when calling the GetParameter operation' >&2; exit 254
elif grep -q '^denied' "$file"; then
  echo 'An error occurred (AccessDeniedException) when calling the GetParameter operation' >&2; exit 254
fi
cat "$file"`;

describe.skipIf(skipped)("the hub's boot script", () => {
  let host: Host;
  beforeEach(async () => {
    host = await startHost('hub');
    await host.sh(`mkdir -p ${SCRATCH}/bin ${SCRATCH}/parameters`);
    await write('bin/aws', AWS);
    await host.sh(`chmod 755 ${SCRATCH}/bin/aws`);
    await write('wg0.conf', CONFIG);
  });
  afterEach(() => host.stop());

  const write = (name: string, input: string) => host.run('tee', [`${SCRATCH}/${name}`], { input });
  const configure = (env: Record<string, string>) =>
    host.run(`${APP}/infra/hub/boot.sh`, ['configure'], {
      env: { PATH: `${SCRATCH}/bin:${process.env.PATH ?? ''}`, ...env },
    });
  const fromFiles = { HUB_CONFIG: `${SCRATCH}/wg0.conf`, HUB_KEY: `${SCRATCH}/hub.key` };
  const fromStore = { SSM_PREFIX: '/pglatency/hub' };
  const keyOnHub = async () => (await host.run('cat', ['/etc/wireguard/hub.key'])).stdout.trim();

  it('takes the key and the configuration of files, and shows the public key alone', async () => {
    await write('hub.key', privateKey);
    const { code, stdout, stderr } = await configure(fromFiles);
    expect(code, stderr).toBe(0);
    expect(stdout + stderr).toContain(publicKey);
    expect(stdout + stderr).not.toContain(privateKey);
    expect(await keyOnHub()).toBe(privateKey);
    const files = await host.sh('stat -c "%a %n" /etc/wireguard/*; cat /etc/wireguard/wg0.conf');
    expect(files).toBe(`600 /etc/wireguard/hub.key\n600 /etc/wireguard/wg0.conf\n${CONFIG}`);
  });

  it('makes a key where none was given, and keeps it the next time', async () => {
    const env = { HUB_CONFIG: `${SCRATCH}/wg0.conf` };
    expect((await configure(env)).stderr).toContain("the hub's public key is ");
    const made = await keyOnHub();
    expect(made).toMatch(/^.{43}=$/);
    expect((await configure(env)).code).toBe(0);
    expect(await keyOnHub()).toBe(made);
  });

  it('takes both of the parameter store, and another key when there is another', async () => {
    await write('parameters/wg0.conf', CONFIG);
    await write('parameters/private-key', privateKey);
    expect((await configure(fromStore)).code).toBe(0);
    expect(await keyOnHub()).toBe(privateKey);
    await write('parameters/private-key', other.privateKey);
    expect((await configure(fromStore)).stderr).toContain(other.publicKey);
    expect(await keyOnHub()).toBe(other.privateKey);
  });

  it('makes a key where the store has none, and never because it may not be read', async () => {
    await write('parameters/wg0.conf', CONFIG);
    expect((await configure(fromStore)).stderr).toContain('making one');
    const made = await keyOnHub();
    await write('parameters/private-key', 'denied');
    const { code, stderr } = await configure(fromStore);
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('AccessDenied') as string,
    });
    expect(await keyOnHub()).toBe(made);
  });

  it.each([
    ['a key that is none', { 'hub.key': 'hunter2' }, 'is not a WireGuard key'],
    [
      'a configuration without regions',
      { 'hub.key': privateKey, 'wg0.conf': '[Interface]\n' },
      'names no region',
    ],
  ])('refuses %s', async (_, files, message) => {
    for (const [name, content] of Object.entries(files)) await write(name, content);
    const { code, stderr } = await configure(fromFiles);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('hunter2');
  });

  it('refuses a step that it does not know', async () => {
    const { code, stderr } = await host.run(`${APP}/infra/hub/boot.sh`, ['reboot']);
    expect(code).toBe(1);
    expect(stderr).toContain('expected all, packages, configure, services or follow');
  });
});
