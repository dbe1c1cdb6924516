import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../src/wireguard/keys.js';
import { runCli } from '../helpers/cli.js';
import { requireTool } from '../helpers/tools.js';

const EXAMPLE = fileURLToPath(new URL('../../docs/pglatency.example.yaml', import.meta.url));

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'pglatency-render-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const render = (...args: string[]) => runCli(['fleet', 'render', folder, ...args]);
const read = (name: string) => readFileSync(join(folder, name), 'utf8');

describe('the fleet of eu-west-1, us-east-1 and ap-southeast-2, rendered', () => {
  it('is peers, scrape targets, rules and the tunnel', async () => {
    const { code, stdout, stderr } = await render('--file', EXAMPLE);
    expect(code).toBe(0);
    expect(stdout).toContain(join(folder, 'peers.env'));
    expect(stderr).toContain('a public key is missing');
    expect(read('peers.env')).toBe(
      'FLEET=production\nPEERS=eu-west-1=http://10.0.0.11:8080,us-east-1=http://10.0.1.11:8080,ap-southeast-2=http://10.0.2.11:8080\n',
    );
    const scraped = JSON.parse(read('prometheus/targets.json')) as unknown[];
    expect(scraped).toHaveLength(3);
    expect(scraped[0]).toEqual({
      targets: ['10.0.0.11:8080'],
      labels: { fleet: 'production', region: 'eu-west-1' },
    });
    const expected = parse(read('prometheus/rules/expected-regions.yml')) as {
      groups: { rules: { record: string; expr: string; labels: object }[] }[];
    };
    const rules = expected.groups[0]?.rules ?? [];
    expect(rules).toHaveLength(3 + 6);
    expect(rules).toContainEqual({
      record: 'region:pglatency_expected_select_seconds:constant',
      expr: 'vector(0.26)',
      labels: { fleet: 'production', region: 'ap-southeast-2' },
    });
    expect(rules).toContainEqual({
      record: 'region_target:pglatency_expected_select_seconds:constant',
      expr: 'vector(0.001)',
      labels: { fleet: 'production', region: 'us-east-1', target: 'reports' },
    });
    expect(read('wireguard/us-east-1.conf')).toContain('Address = 10.50.2.1/32');
  });

  it('has the keys that are named, and the links of the file', async () => {
    const keys = join(folder, 'public-keys.json');
    const [hub, region] = [generateKeyPair().publicKey, generateKeyPair().publicKey];
    const content = { hub, 'eu-west-1': region, 'us-east-1': region, 'ap-southeast-2': region };
    writeFileSync(keys, JSON.stringify(content));
    const file = join(folder, 'fleet.yaml');
    const ours = readFileSync(EXAMPLE, 'utf8')
      .replace('grafana.example.com', 'g.our.org')
      .replace('runbooks.example.com/pglatency', 'r.our.org/');
    writeFileSync(file, ours);
    const { code, stderr } = await render('--file', file, '--public-keys', keys);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const peers = read('wireguard/hub-peers.conf');
    expect(peers).toContain(`# ap-southeast-2, Sydney\nPublicKey = ${region}`);
    expect(read('wireguard/eu-west-1.conf')).toContain(`PublicKey = ${hub}`);
    const rules = read('prometheus/rules/latency.yml');
    expect(rules).toContain('https://g.our.org/d/');
    expect(rules).toContain('https://r.our.org#pglatency');
    expect(rules).not.toContain('example.com');
  });

  it('is read by WireGuard: the tunnel of each region, and the peers of the hub', async (context) => {
    requireTool(context, 'wg-quick', 'Debian: wireguard-tools');
    // For another user wg-quick asks for a password.
    if (process.getuid?.() !== 0 && process.env.CI !== 'true') context.skip('not root');
    const keys = join(folder, 'public-keys.json');
    const [hub, region] = [generateKeyPair().publicKey, generateKeyPair().publicKey];
    const codes = ['eu-west-1', 'us-east-1', 'ap-southeast-2'];
    writeFileSync(
      keys,
      JSON.stringify({ hub, ...Object.fromEntries(codes.map((it) => [it, region])) }),
    );
    await render('--file', EXAMPLE, '--public-keys', keys);
    // wg-quick names the interface after the file, in 15 characters.
    const strip = (name: string) => {
      const file = join(folder, 'wg0.conf');
      copyFileSync(join(folder, 'wireguard', name), file);
      chmodSync(file, 0o600);
      return execFileSync('wg-quick', ['strip', file]).toString();
    };
    for (const code of codes) {
      const left = strip(`${code}.conf`);
      expect(left).toContain(`PublicKey = ${hub}`);
      expect(left).toContain('AllowedIPs = 10.50.0.1/32');
      // What is wg-quick's own is understood, and taken away.
      expect(left).not.toMatch(/Address|MTU|PostUp/);
    }
    expect(strip('hub-peers.conf').match(/\[Peer\]/g)).toHaveLength(codes.length);
  });

  it.each([
    ['is not there', null, 'cannot be read; "pglatency wireguard keys" makes it'],
    ['is no JSON', 'x', 'not a JSON object'],
    ['lacks the hub', '{}', 'the hub has no public key'],
    ['has no key', '{"hub":"x"}', 'hub has no WireGuard public key'],
    ['names no region', `{"hub":"${'A'.repeat(43)}=","..":"x"}`, '".." is not a region: '],
  ])('is not made with a file of keys that %s', async (_, content, why) => {
    const keys = join(folder, 'keys.json');
    if (content !== null) writeFileSync(keys, content);
    const { code, stdout, stderr } = await render('--file', EXAMPLE, '--public-keys', keys);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(keys);
    expect(stderr).toContain(why);
  });

  it('is loaded by Prometheus', async (context) => {
    requireTool(context, 'promtool', 'Debian: prometheus');
    await render('--file', EXAMPLE);
    const config = join(folder, 'prometheus/prometheus.yml');
    const check = (...args: string[]) => execFileSync('promtool', ['check', ...args]).toString();
    expect(check('config', config)).toContain('SUCCESS');
    const rules = read('prometheus/rules/expected-regions.yml');
    expect(rules).toContain('ap-southeast-2');
    expect(check('rules', join(folder, 'prometheus/rules/expected-regions.yml'))).toContain(
      'SUCCESS: 9 rules found',
    );
  });

  it('is checked: each file that differs or is missing is named', async () => {
    await render('--file', EXAMPLE);
    expect(await render('--file', EXAMPLE, '--check')).toMatchObject({ code: 0, stdout: '' });
    appendFileSync(join(folder, 'peers.env'), '\n');
    rmSync(join(folder, 'prometheus/targets.json'));
    const { code, stderr } = await render('--file', EXAMPLE, '--check');
    expect(code).toBe(1);
    expect(stderr).toContain(`${join(folder, 'peers.env')} is out of date`);
    expect(stderr).toContain(`${join(folder, 'prometheus/targets.json')} is missing`);
    expect(stderr).not.toContain('prometheus.yml is');
  });

  it('has the line for Fly.io where its regions are named as Fly.io names them', async () => {
    const file = join(folder, 'fleet.yaml');
    writeFileSync(file, 'regions: { ams: {}, lhr: {}, hub: {}, eu-west-1: {} }');
    expect((await render('--file', file)).code).toBe(0);
    expect(read('fly-scale.txt')).toBe('fly scale count 2 --max-per-region 1 --region ams,lhr\n');
    expect(read('peers.env')).toBe('FLEET=pglatency\nPEERS=\n');
  });

  it('is not made of a file that is wrong, or is not there', async () => {
    const file = join(folder, 'fleet.yaml');
    writeFileSync(file, 'regions:\n  all: {}\n');
    const wrong = await render('--file', file);
    expect(wrong).toMatchObject({ code: 1, stdout: '' });
    expect(wrong.stderr).toContain(`${file} line 1: regions: "all" is not allowed`);
    expect((await render('--file', `${file}.none`)).stderr).toContain('a readable file');
    expect((await runCli(['fleet', 'render'])).code).toBe(2);
  });
});
