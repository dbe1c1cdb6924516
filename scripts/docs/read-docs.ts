import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Root } from 'mdast';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A document of the project: its path from the root, its text, and what Markdown makes of it. */
export interface Document {
  readonly path: string;
  readonly text: string;
  readonly tree: Root;
}

export function parseMarkdown(text: string): Root {
  return unified().use(remarkParse).use(remarkGfm).parse(text);
}

/** README, CONTRIBUTING, CHANGELOG and the like at the top, and all of docs/. */
export function readDocs(root = ROOT): Document[] {
  const top = readdirSync(root).filter((name) => name.endsWith('.md'));
  const below = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name));
  return [...top, ...below].sort().map((name) => {
    const text = readFileSync(join(root, name), 'utf8');
    return { path: relative(root, join(root, name)), text, tree: parseMarkdown(text) };
  });
}
