import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { visit } from 'unist-util-visit';
import { parse, parseAllDocuments } from 'yaml';
import { readDocs, ROOT } from '../../scripts/docs/read-docs.js';
import { startTestBackend, type TestBackend } from '../helpers/backend.js';
import { runCli } from '../helpers/cli.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { createTargetsFileLoader } from '../helpers/targets-file-loader.js';
import { requireTool } from '../helpers/tools.js';

/** Every block of code in the documents: what a reader copies has to work. */
interface Block {
  readonly place: string;
  readonly language: string;
  readonly text: string;
}

const BLOCKS: Block[] = readDocs().flatMap(({ path, tree }) => {
  const found: Block[] = [];
  visit(tree, 'code', (node) => {
    const place = `${path}:${node.position?.start.line}`;
    found.push({ place, language: node.lang ?? '', text: node.value });
  });
  return found;
});
const of = (...languages: string[]) =>
  BLOCKS.filter(({ language }) => languages.includes(language));

/** The command lines of a block: all of a script, and what stands behind `$` of a console. */
function commandLines({ language, text }: Block): string[] {
  const joined = text.replaceAll(/\\\n\s*/g, '');
  const lines = joined.split('\n');
  if (language !== 'console' && language !== '') return lines;
  return lines.flatMap((line) => (line.startsWith('$ ') ? [line.slice(2)] : []));
}

const ALL_LINES = BLOCKS.filter(({ language }) => ['sh', 'console', ''].includes(language)).flatMap(
  (block) => commandLines(block).map((line) => ({ place: block.place, line })),
);

test.each(of('sh'))('$place is a script that bash can read', ({ text }) => {
  const { status, stderr } = spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

test('each npm script that a document runs exists', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const named = ALL_LINES.flatMap(({ place, line }) =>
    [...line.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, name = '']) => ({
      place,
      name,
    })),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter(({ name }) => scripts[name] === undefined)).toEqual([]);
});

/** `bench --url …` of each line that runs pglatency: the command, and its options. */
const CALLS = ALL_LINES.flatMap(({ place, line }) =>
  [...line.matchAll(/(?:^|[\s(])(?:npx )?pglatency((?: [a-z]+)+)([^|;&#)]*)/g)].map(
    ([, words = '', rest = '']) => ({
      place,
      words: words.trim().split(' '),
      options: [...rest.matchAll(/(?:^|\s)(--[a-z][\w-]*)/g)].map(([, option = '']) => option),
    }),
  ),
);
const COMMANDS = [...new Set(CALLS.map(({ words }) => words[0] ?? ''))].sort();

describe('what a document says after pglatency', () => {
  test.each(COMMANDS)('%s: the command and each option exist', async (command) => {
    const top = await runCli([command, '--help']);
    expect(top.code).toBe(0);
    // `wireguard keys`: the second word is a command where the first one has commands.
    const hasCommands = top.stdout.includes('Commands:');
    const helps = new Map<string, Promise<{ stdout: string }>>();
    for (const { place, words, options } of CALLS.filter(({ words }) => words[0] === command)) {
      const second = hasCommands ? (words[1] ?? '') : '';
      if (second !== '')
        expect(`${place}\n${top.stdout}`).toMatch(new RegExp(`^ +${second} `, 'm'));
      const ask =
        helps.get(second) ?? runCli([command, second, '--help'].filter((it) => it !== ''));
      helps.set(second, ask);
      for (const option of options) expect(`${place}\n${(await ask).stdout}`).toContain(option);
    }
  });
});

describe('a file for TARGETS_FILE', () => {
  const { load, env } = createTargetsFileLoader();
  const folder = mkdtempSync(join(tmpdir(), 'pglatency-docs-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const files = of('yaml').filter(({ text }) => {
    const keys = Object.keys((parse(text) as object | null) ?? {});
    return keys.length > 0 && keys.every((key) => ['targets', 'queries'].includes(key));
  });

  test.each(files)('$place is one', ({ text }) => {
    const password = join(folder, 'password');
    writeFileSync(password, 'secret\n');
    // The files that a sample names are those of the reader's machine.
    const here = text
      .replaceAll(/^( +password_file: ).*$/gm, `$1${password}`)
      .replaceAll(/^( +ca: )\/.*$/gm, `$1system`);
    expect(load(here, { ...env, POOLER_PASSWORD: 'x' }).length).toBeGreaterThan(0);
  });

  test('the documents show some', () => expect(files.length).toBeGreaterThan(2));
});

test.each(of('yaml'))('$place is YAML', ({ text }) => {
  expect(parseAllDocuments(text).flatMap((document) => document.errors)).toEqual([]);
});

test('each PromQL expression parses', (context) => {
  requireTool(context, 'promtool', 'Debian: prometheus');
  const expressions = of('promql').flatMap(({ place, text }) =>
    text
      .split(/\n(?=\S)/)
      .filter((expr) => !expr.trim().startsWith('#'))
      .map((expr) => ({ place, expr })),
  );
  expect(expressions.length).toBeGreaterThan(2);
  const folder = mkdtempSync(join(tmpdir(), 'pglatency-docs-'));
  try {
    const file = join(folder, 'rules.json');
    const rules = expressions.map(({ place, expr }, i) => ({
      record: `sample_${i}`,
      expr,
      labels: { place },
    }));
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'samples', rules }] }));
    const { stdout, stderr } = spawnSync('promtool', ['check', 'rules', file], {
      encoding: 'utf8',
    });
    expect(stderr + stdout).toContain('SUCCESS');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('an answer of the API in docs/api.md', () => {
  let database: TestDatabase;
  let backend: TestBackend;
  beforeAll(async () => {
    database = await createDatabase();
    backend = await startTestBackend({ ...database.env, SCHEDULE: '0 0 1 1 *', REGION: 'lhr' });
  });
  afterAll(async () => {
    await backend.close();
    await database.drop();
  });

  const samples = BLOCKS.filter(
    ({ place, text }) => place.startsWith('docs/api.md') && /^\$ curl -s '?localhost/.test(text),
  );
  test.each(samples)('$place has the fields of a real one', async ({ text }) => {
    const [, path = ''] = /localhost:8080(\/[^\s']*)/.exec(text) ?? [];
    const answer = JSON.stringify((await backend.get<object>(path)).body);
    const fields = [...text.matchAll(/"(\w+)":/g)].map(([, field = '']) => field);
    expect(fields.length).toBeGreaterThan(5);
    for (const field of fields) expect(answer).toContain(`"${field}":`);
  });
  test('the page shows one', () => expect(samples.length).toBeGreaterThan(0));
});
