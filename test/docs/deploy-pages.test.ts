import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGES = readdirSync(join(ROOT, 'docs/deploy'));
const MOST_WORDS = 1500;

it('names in code and configuration only pages that are there', () => {
  const files = [
    'Dockerfile',
    'fly.toml',
    'docker-compose.yml',
    'infra/aws/stack.yaml',
    'infra/hub/boot.sh',
  ];
  const folders = readdirSync(join(ROOT, 'deploy'), { recursive: true, encoding: 'utf8' })
    .map((name) => join('deploy', name))
    .filter((name) => statSync(join(ROOT, name)).isFile());
  const named = [...files, ...folders].flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(/\bdocs\/[\w/-]+\.md/g)].map(
      ([page]) => page,
    ),
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((page) => !existsSync(join(ROOT, page)))).toEqual([]);
});

describe('docs/deploy', () => {
  const index = readFileSync(join(ROOT, 'docs/deploy.md'), 'utf8');

  it.each(PAGES)('%s is short, and the index leads to it', (page) => {
    const words = readFileSync(join(ROOT, 'docs/deploy', page), 'utf8')
      .split(/\s+/)
      .filter(Boolean).length;
    expect(words).toBeLessThan(MOST_WORDS);
    expect(index).toContain(`(deploy/${page})`);
  });
});
